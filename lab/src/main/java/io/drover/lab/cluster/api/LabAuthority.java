// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;

/**
 * A certificate authority made in memory for one run of the lab, valid for a year. ECDSA on P-256;
 * X.509 v3 (RFC 5280) written by hand in DER, because the JDK reads certificates but offers no way
 * to write them.
 */
public final class LabAuthority {
  private static final byte[] ECDSA_SHA256 =
      sequence(oid(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02));
  private static final byte[] YES = der(0x01, new byte[] {(byte) 0xFF});
  private static final byte[] ISSUER = name("drover-lab-ca");
  private static final byte[] SERVER = oid(0x2B, 6, 1, 5, 5, 7, 3, 1);
  private static final byte[] CLIENT = oid(0x2B, 6, 1, 5, 5, 7, 3, 2);

  private final KeyPair keys;
  private final String pem;

  private LabAuthority(KeyPair keys, String pem) {
    this.keys = keys;
    this.pem = pem;
  }

  /** A new one, that nobody trusts yet. */
  public static LabAuthority create() {
    Instant now = Instant.now();
    try {
      KeyPair keys = keys();
      byte[] certificate =
          certificate(
              sequence(time(now.minus(Duration.ofDays(100))), time(now.plus(Duration.ofDays(365)))),
              ISSUER,
              keys.getPublic().getEncoded(),
              sequence(
                  extension(YES, sequence(YES), 0x55, 0x1D, 0x13),
                  // keyCertSign and cRLSign
                  extension(YES, der(0x03, new byte[] {1, 0x06}), 0x55, 0x1D, 0x0F)),
              keys.getPrivate());
      return new LabAuthority(keys, pem("CERTIFICATE", certificate));
    } catch (GeneralSecurityException e) {
      throw unable(e);
    }
  }

  /** Its own certificate, for others to trust. */
  public String pem() {
    return pem;
  }

  /**
   * A certificate for a server.
   *
   * @param host the name that clients reach it by; {@code localhost} includes 127.0.0.1 and ::1
   */
  public LabCertificates server(String host, Instant from, Instant to) {
    return signed(host, from, to, SERVER, extension(new byte[0], names(host), 0x55, 0x1D, 0x11));
  }

  /** A certificate for a client, known by its common name. */
  public LabCertificates client(String commonName, Instant from, Instant to) {
    return signed(commonName, from, to, CLIENT, new byte[0]);
  }

  private LabCertificates signed(
      String commonName, Instant from, Instant to, byte[] usage, byte[] more) {
    try {
      KeyPair own = keys();
      byte[] certificate =
          certificate(
              sequence(time(from), time(to)),
              name(commonName),
              own.getPublic().getEncoded(),
              sequence(
                  extension(YES, sequence(), 0x55, 0x1D, 0x13),
                  // digitalSignature
                  extension(YES, der(0x03, new byte[] {7, (byte) 0x80}), 0x55, 0x1D, 0x0F),
                  extension(new byte[0], sequence(usage), 0x55, 0x1D, 0x25),
                  more),
              keys.getPrivate());
      return new LabCertificates(
          pem,
          pem("CERTIFICATE", certificate) + pem,
          pem("PRIVATE KEY", own.getPrivate().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw unable(e);
    }
  }

  private static IllegalStateException unable(GeneralSecurityException e) {
    return new IllegalStateException(
        "This JDK cannot sign with ECDSA on P-256, which the lab's certificates need.", e);
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static byte[] certificate(
      byte[] validity, byte[] subject, byte[] publicKey, byte[] extensions, PrivateKey signer)
      throws GeneralSecurityException {
    byte[] serial = der(0x02, new BigInteger(120, new SecureRandom()).setBit(119).toByteArray());
    byte[] version3 = der(0xA0, der(0x02, new byte[] {2}));
    byte[] content =
        sequence(
            version3,
            serial,
            ECDSA_SHA256,
            ISSUER,
            validity,
            subject,
            publicKey,
            der(0xA3, extensions));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(signer);
    signature.update(content);
    return sequence(content, ECDSA_SHA256, der(0x03, joined(new byte[] {0}, signature.sign())));
  }

  /** The name itself; for localhost the addresses of loopback too. */
  private static byte[] names(String host) {
    byte[] name = der(0x82, host.getBytes(StandardCharsets.US_ASCII));
    if (!host.equals("localhost")) {
      return sequence(name);
    }
    byte[] six = new byte[16];
    six[15] = 1;
    return sequence(name, der(0x87, new byte[] {127, 0, 0, 1}), der(0x87, six));
  }

  private static byte[] name(String commonName) {
    byte[] text = der(0x0C, commonName.getBytes(StandardCharsets.UTF_8));
    return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), text)));
  }

  private static byte[] time(Instant at) {
    // UTCTime, which RFC 5280 demands for years before 2050.
    String text =
        DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC).format(at);
    return der(0x17, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] extension(byte[] critical, byte[] value, int... id) {
    return sequence(oid(id), critical, der(0x04, value));
  }

  private static byte[] oid(int... encoded) {
    byte[] bytes = new byte[encoded.length];
    for (int i = 0; i < encoded.length; i++) {
      bytes[i] = (byte) encoded[i];
    }
    return der(0x06, bytes);
  }

  private static byte[] sequence(byte[]... parts) {
    return der(0x30, joined(parts));
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 128) {
      out.write(content.length);
    } else if (content.length < 256) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static String pem(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
