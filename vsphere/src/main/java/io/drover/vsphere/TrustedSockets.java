// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens connections to one server under one {@link Trust}. It has a TLS context of its own, so two
 * vCenters never share what they trust and nothing in the JVM is changed.
 */
final class TrustedSockets {
  private static final Logger LOG = LoggerFactory.getLogger(TrustedSockets.class);

  private final Trust trust;
  private final Duration connectTimeout;
  private final Duration readTimeout;

  /** One for each choice, made when it is needed: sessions are resumed within a context only. */
  private final Map<BulkTls, SSLContext> contexts = new ConcurrentHashMap<>();

  private final Watching watching;

  TrustedSockets(Trust trust, Duration connectTimeout, Duration readTimeout) {
    this.trust = trust;
    this.connectTimeout = connectTimeout;
    this.readTimeout = readTimeout;
    try {
      watching = new Watching(trust, delegate(trust));
    } catch (GeneralSecurityException | IOException e) {
      throw new VSphereFault(
          VSphereFault.Kind.CERTIFICATE,
          "The certificates to trust cannot be read: " + e.getMessage(),
          "Give PEM certificates, from BEGIN CERTIFICATE to END CERTIFICATE",
          e);
    }
  }

  private static @Nullable X509ExtendedTrustManager delegate(Trust trust)
      throws GeneralSecurityException, IOException {
    KeyStore anchors = null;
    switch (trust) {
      case Trust.Thumbprint _ -> {
        return null;
      }
      case Trust.SystemTrust _ -> {}
      case Trust.Authorities(String pem) -> {
        anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        int count = 0;
        for (Certificate each :
            CertificateFactory.getInstance("X.509")
                .generateCertificates(
                    new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
          anchors.setCertificateEntry("ca-" + count++, each);
        }
        if (count == 0) {
          throw new CertificateException("no certificate in the text given");
        }
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors);
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new CertificateException("this JDK has no X.509 trust manager");
  }

  Duration readTimeout() {
    return readTimeout;
  }

  /**
   * A connected socket, the JDK's TLS done and the server's certificate believed.
   *
   * @throws VSphereFault UNREACHABLE or CERTIFICATE, with what to do about it
   */
  Socket open(String host, int port, boolean secure) {
    Socket plain = new Socket();
    try {
      plain.setTcpNoDelay(true);
      plain.connect(new InetSocketAddress(host, port), millis(connectTimeout));
      plain.setSoTimeout(millis(connectTimeout));
      Socket ready = secure ? handshake(plain, host, port) : plain;
      ready.setSoTimeout(millis(readTimeout));
      return ready;
    } catch (IOException e) {
      close(plain);
      throw explain(host + ":" + port, e);
    }
  }

  private SSLSocket handshake(Socket plain, String host, int port) throws IOException {
    SSLSocket socket =
        (SSLSocket) context(BulkTls.JDK).getSocketFactory().createSocket(plain, host, port, true);
    socket.setSSLParameters(named(socket.getSSLParameters()));
    socket.startHandshake();
    return socket;
  }

  private SSLContext context(BulkTls tls) {
    return contexts.computeIfAbsent(tls, each -> each.context(watching));
  }

  /** A certificate must name the host, unless it is trusted by itself. */
  private SSLParameters named(SSLParameters parameters) {
    if (!(trust instanceof Trust.Thumbprint)) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    return parameters;
  }

  /**
   * A connection for many bytes by one TLS; where its handshake fails for another reason than the
   * certificate, by the next.
   *
   * @param choices at least one
   * @throws VSphereFault UNREACHABLE or CERTIFICATE, with what to do about it
   */
  Wire wire(String host, int port, List<BulkTls> choices) {
    List<IOException> failed = new ArrayList<>();
    for (BulkTls tls : choices) {
      try {
        return connected(tls, host, port);
      } catch (IOException e) {
        failed.forEach(e::addSuppressed);
        failed.add(e);
        if (!(e instanceof SSLException) || causedBy(e, CertificateException.class)) {
          break;
        }
        if (tls != choices.getLast()) {
          LOG.atInfo().log("TLS by {} with {}:{} failed ({})", tls, host, port, e.getMessage());
        }
      }
    }
    throw explain(host + ":" + port, failed.getLast());
  }

  private Wire connected(BulkTls tls, String host, int port) throws IOException {
    SocketChannel plain = SocketChannel.open();
    TlsWire wire = null;
    try {
      plain.setOption(StandardSocketOptions.TCP_NODELAY, true);
      plain.socket().connect(new InetSocketAddress(host, port), millis(connectTimeout));
      wire = new TlsWire(plain, engine(tls, host, port), connectTimeout);
      wire.handshake();
      wire.patience(readTimeout);
      return wire;
    } catch (Throwable e) {
      // Nothing else would ever close them.
      if (wire != null) {
        wire.close();
      }
      plain.close();
      throw e;
    }
  }

  private SSLEngine engine(BulkTls tls, String host, int port) {
    SSLEngine engine = context(tls).createSSLEngine(host, port);
    engine.setUseClientMode(true);
    tls.restrict(engine);
    engine.setSSLParameters(named(engine.getSSLParameters()));
    return engine;
  }

  private VSphereFault explain(String where, IOException e) {
    if (Thread.currentThread().isInterrupted()) {
      return new VSphereFault(
          VSphereFault.Kind.CANCELLED, "Interrupted while connecting to " + where, "", e);
    }
    X509Certificate seen = watching.seen();
    if (e instanceof SSLException && seen != null && causedBy(e, CertificateException.class)) {
      return certificateFault(where, seen, e);
    }
    if (e instanceof SSLException) {
      return new VSphereFault(
          VSphereFault.Kind.UNREACHABLE,
          "TLS with " + where + " failed: " + e.getMessage(),
          "Check that this is the HTTPS port of a vCenter or ESXi host, which speaks TLS 1.2 or newer"
              + " and asks for no certificate of ours",
          e);
    }
    String why =
        switch (e) {
          case UnknownHostException _ -> "the name does not resolve";
          case SocketTimeoutException _ -> "no answer within " + connectTimeout.toMillis() + " ms";
          default -> e.getMessage();
        };
    return new VSphereFault(
        VSphereFault.Kind.UNREACHABLE,
        "Cannot reach " + where + ": " + why,
        "Check the address, the port, name resolution and firewalls",
        e);
  }

  private VSphereFault certificateFault(String where, X509Certificate seen, IOException e) {
    String shown = thumbprint(seen, "SHA-256");
    if (trust instanceof Trust.Thumbprint pin) {
      return new VSphereFault(
          VSphereFault.Kind.CERTIFICATE,
          where
              + " shows a certificate with the "
              + pin.algorithm()
              + " thumbprint "
              + thumbprint(seen, pin.algorithm())
              + ", but the one trusted is "
              + Trust.format(java.util.HexFormat.of().parseHex(pin.hex())),
          "If the certificate was renewed, set the thumbprint to the one seen, after comparing it"
              + " with the server's",
          e);
    }
    boolean over = seen.getNotAfter().toInstant().isBefore(Instant.now());
    if (over && causedBy(e, CertificateExpiredException.class)) {
      return new VSphereFault(
          VSphereFault.Kind.CERTIFICATE,
          "The certificate of " + where + " expired on " + seen.getNotAfter().toInstant(),
          "Renew it, or trust it by its SHA-256 thumbprint " + shown,
          e);
    }
    if (causedBy(e, CertificateExpiredException.class)) {
      return new VSphereFault(
          VSphereFault.Kind.CERTIFICATE,
          "A certificate by which the one of " + where + " is signed has expired",
          "Renew the authority's certificate at the server, or trust the server's own by its SHA-256"
              + " thumbprint "
              + shown,
          e);
    }
    if (causedBy(e, CertificateNotYetValidException.class)) {
      return new VSphereFault(
          VSphereFault.Kind.CERTIFICATE,
          "The certificate of "
              + where
              + ", or one by which it is signed, is not valid yet; its own is from "
              + seen.getNotBefore().toInstant()
              + " on",
          "Set the clocks of this machine and of the server right",
          e);
    }
    if (namesAnother(e)) {
      return new VSphereFault(
          VSphereFault.Kind.CERTIFICATE,
          "The certificate of " + where + " is for another name",
          "Use a name that stands in the certificate, or trust it by its SHA-256 thumbprint "
              + shown,
          e);
    }
    String why =
        causedBy(e, CertPathValidatorException.class)
                || String.valueOf(e.getMessage())
                    .contains("unable to find valid certification path")
            ? "is not signed by a trusted authority"
            : "is refused: " + e.getMessage();
    return new VSphereFault(
        VSphereFault.Kind.CERTIFICATE,
        "The certificate of " + where + " " + why,
        "Give the certificate of the authority that signed it, or trust it by its SHA-256"
            + " thumbprint "
            + shown,
        e);
  }

  /** As the JDK says it: "No subject alternative DNS name matching x found". */
  private static boolean namesAnother(Throwable e) {
    for (Throwable each = e; each != null; each = each.getCause()) {
      if (each instanceof CertificateException
          && String.valueOf(each.getMessage()).matches("No (subject alternative|name).*")) {
        return true;
      }
    }
    return false;
  }

  private static boolean causedBy(Throwable e, Class<? extends Throwable> type) {
    for (Throwable each = e; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return true;
      }
    }
    return false;
  }

  static int millis(Duration of) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, of.toMillis()));
  }

  static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyGone) {
      // Nothing is lost: the connection is not used again.
    }
  }

  private static String thumbprint(X509Certificate certificate, String algorithm) {
    try {
      return Trust.format(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every JDK has " + algorithm, e);
    }
  }

  /** Decides, and remembers the certificate last seen so that a refusal can name it. */
  private static final class Watching extends X509ExtendedTrustManager {
    private final Trust trust;
    private final @Nullable X509ExtendedTrustManager delegate;
    private final AtomicReference<@Nullable X509Certificate> seen = new AtomicReference<>();

    Watching(Trust trust, @Nullable X509ExtendedTrustManager delegate) {
      this.trust = trust;
      this.delegate = delegate;
    }

    @Nullable X509Certificate seen() {
      return seen.get();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      X509ExtendedTrustManager asked = unpinned(chain);
      if (asked != null) {
        asked.checkServerTrusted(chain, authType, socket);
        chain[0].checkValidity(); // not looked at by the JDK when it is trusted itself
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      X509ExtendedTrustManager asked = unpinned(chain);
      if (asked != null) {
        asked.checkServerTrusted(chain, known(authType), engine);
        chain[0].checkValidity(); // as above
      }
    }

    /** Notes what was seen. Null where it is the one trusted; else whom to ask about it. */
    private @Nullable X509ExtendedTrustManager unpinned(X509Certificate[] chain)
        throws CertificateException {
      seen.set(chain[0]);
      if (delegate == null) {
        checkPin(chain);
      }
      return delegate;
    }

    /**
     * BoringSSL calls GENERIC what the JDK calls UNKNOWN: TLS 1.3, where the suite does not say
     * what the certificate's key is for. The JDK refuses names that it does not know.
     */
    private static String known(String authType) {
      return authType.equals("GENERIC") ? "UNKNOWN" : authType;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("only sockets and engines are used here");
    }

    private void checkPin(X509Certificate[] chain) throws CertificateException {
      if (!(trust instanceof Trust.Thumbprint pin)
          || !thumbprint(chain[0], pin.algorithm()).replace(":", "").equals(pin.hex())) {
        throw new CertificateException("another certificate than the one trusted");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      throw new CertificateException("no server here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("no server here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("no server here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return delegate == null ? new X509Certificate[0] : delegate.getAcceptedIssuers();
    }
  }
}
