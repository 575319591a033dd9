// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/**
 * The TLS that disks are read by. Conscrypt (BoringSSL) spares the JVM's second compiler the JDK's
 * cryptography, which costs a process of seconds more than the reading; the JDK's is for everything
 * else, and the only choice where FIPS is asked for. {@code -Ddrover.vsphere.tls=jdk} asks for the
 * JDK's.
 */
public final class BulkTls {
  static final BulkTls JDK = new BulkTls(null);

  private final @Nullable Provider provider;

  private BulkTls(@Nullable Provider provider) {
    this.provider = provider;
  }

  /** Looked for once, and only where disks are read. */
  private static final class Found {
    static final List<BulkTls> CHOICES = choose();

    private Found() {}
  }

  /** What is tried first, for the log line at start: {@code conscrypt} or {@code jdk}. */
  public static String chosen() {
    return choices().getFirst().toString();
  }

  /** What disks are read by, the first choice first; the JDK's is always the last. */
  static List<BulkTls> choices() {
    return Found.CHOICES;
  }

  /** A context that believes whom this trusts. */
  SSLContext context(TrustManager trust) {
    try {
      SSLContext context = made();
      context.init(null, new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("No TLS by " + this, e);
    }
  }

  private SSLContext made() throws NoSuchAlgorithmException {
    return provider == null
        ? SSLContext.getInstance("TLS")
        : SSLContext.getInstance("TLS", provider);
  }

  /**
   * Holds an engine to the protocols and suites that the JDK's policy allows ({@code
   * jdk.tls.disabledAlgorithms}), whoever speaks them.
   */
  void restrict(SSLEngine engine) {
    if (provider == null) {
      return;
    }
    try {
      SSLParameters allowed = SSLContext.getDefault().getDefaultSSLParameters();
      engine.setEnabledProtocols(common(allowed.getProtocols(), engine.getSupportedProtocols()));
      engine.setEnabledCipherSuites(
          common(allowed.getCipherSuites(), engine.getSupportedCipherSuites()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("The JDK has no TLS of its own", e);
    }
  }

  private static String[] common(String[] allowed, String[] supported) {
    var able = new HashSet<>(Arrays.asList(supported));
    return Arrays.stream(allowed).filter(able::contains).toArray(String[]::new);
  }

  @Override
  public String toString() {
    return provider == null ? "jdk" : "conscrypt";
  }

  static List<BulkTls> choose() {
    if ("jdk".equals(System.getProperty("drover.vsphere.tls")) || fips()) {
      return List.of(JDK);
    }
    try {
      BulkTls conscrypt = new BulkTls(Conscrypt.newProvider());
      conscrypt.made();
      return List.of(conscrypt, JDK);
    } catch (LinkageError | RuntimeException | NoSuchAlgorithmException e) {
      // No library for this machine, or nowhere to put it.
      return List.of(JDK);
    }
  }

  /**
   * Whether the kernel is in FIPS mode, or this JVM was given other providers of cryptography than
   * a plain JDK has: then they are what somebody chose, and BoringSSL is not among them.
   */
  private static boolean fips() {
    try {
      Path kernel = Path.of("/proc/sys/crypto/fips_enabled");
      return (Files.isReadable(kernel) && Files.readString(kernel).strip().equals("1"))
          || !SSLContext.getInstance("TLS").getProvider().getName().equals("SunJSSE")
          || Arrays.stream(Security.getProviders())
              .anyMatch(each -> each.getName().toUpperCase(Locale.ROOT).contains("FIPS"));
    } catch (IOException | NoSuchAlgorithmException e) {
      return true;
    }
  }
}
