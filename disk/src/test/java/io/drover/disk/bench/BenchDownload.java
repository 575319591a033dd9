// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.bench;

import io.drover.disk.image.ForwardInput;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.conscrypt.Conscrypt;

/**
 * The body of one HTTPS answer, trusting one certificate: by Conscrypt, as the vSphere client reads
 * disks, or by the JDK with {@code -Ddrover.vsphere.tls=jdk}.
 */
final class BenchDownload {
  private BenchDownload() {}

  static ReadableByteChannel open(URI from, Path certificate)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      trusted.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls =
        "jdk".equals(System.getProperty("drover.vsphere.tls"))
            ? SSLContext.getInstance("TLS")
            : SSLContext.getInstance("TLS", Conscrypt.newProvider());
    tls.init(null, trust.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(from.getHost(), from.getPort());
    socket
        .getOutputStream()
        .write(("GET " + from.getPath() + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    InputStream body = socket.getInputStream();
    // The head ends with an empty line.
    int end = 0;
    StringBuilder head = new StringBuilder();
    while (end < 2) {
      int next = body.read();
      if (next < 0) {
        throw new IOException("No answer from " + from);
      }
      head.append((char) next);
      end = next == '\n' ? end + 1 : next == '\r' ? end : 0;
    }
    if (!head.toString().contains(" 200 ")) {
      throw new IOException(head.toString().strip());
    }
    return ForwardInput.channel(body);
  }
}
