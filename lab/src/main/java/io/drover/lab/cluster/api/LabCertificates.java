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
 * A certificate authority made in memory for one run of the lab, and a server certificate for
 * loopback signed by it. ECDSA on P-256; X.509 v3 (RFC 5280) written by hand in DER, because the
 * JDK reads certificates but offers no way to write them.
 *
 * @param caPem the authority's certificate, for clients to trust
 * @param certificatePem the server's certificate (localhost, 127.0.0.1, ::1) followed by the
 *     authority's
 * @param keyPem the server's private key, PKCS#8
 */
public record LabCertificates(String caPem, String certificatePem, String keyPem) {
  private static final byte[] ECDSA_SHA256 =
      sequence(oid(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02));
  private static final byte[] YES = der(0x01, new byte[] {(byte) 0xFF});

  /** Makes a new authority and a server certificate, both valid from an hour ago for a year. */
  public static LabCertificates create() {
    Instant now = Instant.now();
    return create(now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(365)));
  }

  /**
   * As {@link #create()}, with a given validity of the server's certificate: to try what a client
   * says of an expired one.
   */
  public static LabCertificates create(Instant from, Instant to) {
    try {
      KeyPair authority = keys();
      KeyPair server = keys();
      byte[] validity = sequence(time(from), time(to));
      byte[] issuer = name("drover-lab-ca");
      byte[] ca =
          certificate(
              issuer,
              validity,
              issuer,
              authority.getPublic().getEncoded(),
              sequence(
                  extension(YES, sequence(YES), 0x55, 0x1D, 0x13),
                  // keyCertSign and cRLSign
                  extension(YES, der(0x03, new byte[] {1, 0x06}), 0x55, 0x1D, 0x0F)),
              authority.getPrivate());
      byte[] certificate =
          certificate(
              issuer,
              validity,
              name("localhost"),
              server.getPublic().getEncoded(),
              sequence(
                  extension(YES, sequence(), 0x55, 0x1D, 0x13),
                  // digitalSignature
                  extension(YES, der(0x03, new byte[] {7, (byte) 0x80}), 0x55, 0x1D, 0x0F),
                  // serverAuth
                  extension(
                      new byte[0], sequence(oid(0x2B, 6, 1, 5, 5, 7, 3, 1)), 0x55, 0x1D, 0x25),
                  extension(new byte[0], loopbackNames(), 0x55, 0x1D, 0x11)),
              authority.getPrivate());
      String caPem = pem("CERTIFICATE", ca);
      return new LabCertificates(
          caPem,
          pem("CERTIFICATE", certificate) + caPem,
          pem("PRIVATE KEY", server.getPrivate().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "This JDK cannot sign with ECDSA on P-256, which the lab's certificates need.", e);
    }
  }

  /** Never shows the private key. */
  @Override
  public String toString() {
    return "LabCertificates[localhost]";
  }

  private static KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static byte[] certificate(
      byte[] issuer,
      byte[] validity,
      byte[] subject,
      byte[] publicKey,
      byte[] extensions,
      PrivateKey signer)
      throws GeneralSecurityException {
    byte[] serial = der(0x02, new BigInteger(120, new SecureRandom()).setBit(119).toByteArray());
    byte[] version3 = der(0xA0, der(0x02, new byte[] {2}));
    byte[] content =
        sequence(
            version3,
            serial,
            ECDSA_SHA256,
            issuer,
            validity,
            subject,
            publicKey,
            der(0xA3, extensions));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(signer);
    signature.update(content);
    return sequence(content, ECDSA_SHA256, der(0x03, joined(new byte[] {0}, signature.sign())));
  }

  private static byte[] loopbackNames() {
    byte[] six = new byte[16];
    six[15] = 1;
    return sequence(
        der(0x82, "localhost".getBytes(StandardCharsets.US_ASCII)),
        der(0x87, new byte[] {127, 0, 0, 1}),
        der(0x87, six));
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
