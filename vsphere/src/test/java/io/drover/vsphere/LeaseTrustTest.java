// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each address of a lease is believed by the thumbprint that vCenter gives for it, and by nothing
 * else: the disks of one VM may lie on hosts with certificates of their own.
 */
class LeaseTrustTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private static Path dir;
  private final List<HttpsServer> hosts = new ArrayList<>();

  /** An ESXi host with a certificate of its own, which serves its name as the bytes of a disk. */
  private record Host(String name, String url, String thumbprint) {}

  private Host host(String name) throws Exception {
    ServerCertificate certificate = ServerCertificate.of(dir, name);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificate.tls()));
    server.createContext(
        "/nfc",
        exchange -> {
          byte[] body = name.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    hosts.add(server);
    return new Host(
        name,
        "https://127.0.0.1:" + server.getAddress().getPort() + "/nfc/disk.vmdk",
        certificate.thumbprint("SHA-1").replaceAll("..(?!$)", "$0:"));
  }

  @AfterEach
  void stop() {
    hosts.forEach(server -> server.stop(0));
  }

  /** A vCenter whose lease offers a disk at each address, with the thumbprint it gives for it. */
  private static ScriptedVCenter vcenter(String... urlsAndThumbprints) throws IOException {
    StringBuilder offers = new StringBuilder();
    for (int i = 0; i < urlsAndThumbprints.length; i += 2) {
      offers.append(
          """
          <deviceUrl><key>/vm-7/ParaVirtualSCSIController0:%d</key><importKey/><url>%s</url>\
          <sslThumbprint>%s</sslThumbprint><disk>true</disk><targetId>disk-%d.vmdk</targetId>\
          </deviceUrl>\
          """
              .formatted(i / 2, urlsAndThumbprints[i], urlsAndThumbprints[i + 1], i / 2));
    }
    return new ScriptedVCenter()
        .on("ExportVm", "<returnval type=\"HttpNfcLease\">lease-1</returnval>")
        .on(
            "RetrievePropertiesEx",
            body ->
                ScriptedVCenter.ok(
                    body.contains("HttpNfcLease")
                        ? "<returnval><objects><obj type=\"HttpNfcLease\">lease-1</obj>"
                            + "<propSet><name>state</name><val xsi:type=\"HttpNfcLeaseState\">ready"
                            + "</val></propSet><propSet><name>info</name>"
                            + "<val xsi:type=\"HttpNfcLeaseInfo\"><leaseTimeout>300</leaseTimeout>"
                            + offers
                            + "</val></propSet></objects></returnval>"
                        : "<returnval><objects><obj type=\"VirtualMachine\">vm-7</obj>"
                            + "</objects></returnval>"));
  }

  private static String bytes(ExportLease lease, int device) throws IOException {
    try (ExportLease.Content content = lease.open(lease.devices().get(device))) {
      return new String(
          Channels.newInputStream(content.in()).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void eachHostIsBelievedByItsOwnThumbprint() throws Exception {
    Host one = host("esx-1");
    Host two = host("esx-2");
    try (ScriptedVCenter vcenter =
            vcenter(one.url(), one.thumbprint(), two.url(), two.thumbprint());
        VSphere vsphere = vcenter.connect();
        ExportLease lease = vsphere.exports().exportVm(Moref.vm("vm-7"), SOON)) {

      assertThat(List.of(bytes(lease, 0), bytes(lease, 1))).containsExactly("esx-1", "esx-2");
    }
  }

  @Test
  void theThumbprintOfTheHostBesideIsNotBelieved() throws Exception {
    Host one = host("esx-1");
    Host two = host("esx-2");
    try (ScriptedVCenter vcenter =
            vcenter(one.url(), two.thumbprint(), two.url(), two.thumbprint());
        VSphere vsphere = vcenter.connect();
        ExportLease lease = vsphere.exports().exportVm(Moref.vm("vm-7"), SOON)) {

      assertThatThrownBy(() -> bytes(lease, 0))
          .isInstanceOfSatisfying(
              VSphereFault.class,
              fault -> assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CERTIFICATE));
      assertThat(bytes(lease, 1)).isEqualTo("esx-2");
    }
  }

  @Test
  void aHostWithoutAThumbprintIsBelievedAsVCenterIs() throws Exception {
    Host one = host("esx-1");
    // The system's authorities, by which this vCenter is believed, did not sign it.
    try (ScriptedVCenter vcenter = vcenter(one.url(), "");
        VSphere vsphere = vcenter.connect();
        ExportLease lease = vsphere.exports().exportVm(Moref.vm("vm-7"), SOON)) {

      assertThatThrownBy(() -> bytes(lease, 0))
          .isInstanceOfSatisfying(
              VSphereFault.class,
              fault -> assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.CERTIFICATE));
    }
  }
}
