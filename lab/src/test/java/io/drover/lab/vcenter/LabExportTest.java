// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.StreamHash;
import io.drover.disk.raw.RawWriter;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports: the bytes, the manifest, what a lease holds, and how it ends. */
class LabExportTest {
  @TempDir Path folder;
  private SmallLab lab;
  private PlainSoap soap;

  @BeforeEach
  void start() throws IOException {
    lab =
        new SmallLab(
            LabPace.quick().withGuestWrites(Duration.ZERO).withLeaseTimeout(Duration.ofSeconds(60)),
            LabVCenter.Options.defaults());
    soap = new PlainSoap(lab.vcenter).login();
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private PlainSoap.Answer leaseProperty(String lease, String path) throws IOException {
    return soap.call(
        "PropertyCollector",
        "propertyCollector",
        "RetrievePropertiesEx",
        "<specSet><propSet><type>HttpNfcLease</type><pathSet>"
            + path
            + "</pathSet></propSet><objectSet><obj type=\"HttpNfcLease\">"
            + lease
            + "</obj></objectSet></specSet><options/>");
  }

  private String open(LabVm vm) throws IOException {
    String lease = soap.call("VirtualMachine", vm.ref().value(), "ExportVm", "").first("returnval");
    ready(lease);
    return lease;
  }

  private void ready(String lease) throws IOException {
    while (leaseProperty(lease, "state").first("val").equals("initializing")) {
      Thread.onSpinWait();
    }
  }

  private List<URI> urls(String lease) throws IOException {
    List<URI> urls = new ArrayList<>();
    Matcher m = Pattern.compile("<url>([^<]*)</url>").matcher(leaseProperty(lease, "info").text());
    while (m.find()) {
      urls.add(URI.create(m.group(1)));
    }
    return urls;
  }

  private ConversionResult land(URI url, Path raw) throws IOException {
    try (InputStream in = soap.get(url)) {
      return Conversion.of(
              Conversion.streamOptimized(Channels.newChannel(in), EnumSet.allOf(StreamHash.class)),
              new RawWriter(raw, false))
          .run();
    }
  }

  private Path flat(LabDisk disk) throws IOException {
    Path raw = folder.resolve("source-" + disk.key() + ".raw");
    disk.content().flatten(raw);
    return raw;
  }

  @Test
  void everyByteOfEveryDiskArrives() throws IOException {
    String lease = open(lab.off);
    List<URI> urls = urls(lease);

    land(urls.get(0), folder.resolve("a.raw"));
    land(urls.get(1), folder.resolve("b.raw"));

    assertThat(urls).hasSize(2);
    assertThat(Files.mismatch(folder.resolve("a.raw"), flat(lab.off.disks().get(0)))).isEqualTo(-1);
    assertThat(Files.mismatch(folder.resolve("b.raw"), flat(lab.off.disks().get(1)))).isEqualTo(-1);
  }

  @Test
  void theManifestTellsWhatWasSent() throws IOException {
    String lease = open(lab.off);
    ConversionResult result = land(urls(lease).getFirst(), folder.resolve("a.raw"));

    PlainSoap.Answer manifest = soap.call("HttpNfcLease", lease, "HttpNfcLeaseGetManifest", "");

    assertThat(manifest.count("<returnval>")).isEqualTo(1);
    assertThat(result.toString()).contains(manifest.first("sha1"));
    assertThat(manifest.first("capacity"))
        .isEqualTo(String.valueOf(lab.off.disks().getFirst().sizeBytes()));
  }

  @Test
  void theManifestIsByTheDigestThatWasAskedFor() throws IOException {
    // Given
    String lease = open(lab.off);
    URI url = urls(lease).getFirst();
    soap.call(
        "HttpNfcLease",
        lease,
        "HttpNfcLeaseSetManifestChecksumType",
        "<deviceUrlsToChecksumTypes><key>"
            + url
            + "</key><value>sha256</value></deviceUrlsToChecksumTypes>");
    ConversionResult result = land(url, folder.resolve("a.raw"));

    // When
    PlainSoap.Answer manifest = soap.call("HttpNfcLease", lease, "HttpNfcLeaseGetManifest", "");

    // Then
    assertThat(manifest.first("checksumType")).isEqualTo("sha256");
    assertThat(manifest.first("checksum"))
        .isEqualTo(result.streamHashes().get(StreamHash.SHA256))
        .hasSize(64);
  }

  @Test
  void aSnapshotKeepsItsBytesWhileTheGuestWrites() throws Exception {
    LabDisk disk = lab.on.disks().getFirst();
    lab.end(lab.on.snapshots().create("s", "", false, false, "CreateSnapshot_Task", "test"));
    Path then = flat(disk);
    disk.content().write(3 << 20, new byte[200_000]);
    disk.content()
        .write(40 << 20, "after the snapshot".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    String lease =
        soap.call(
                "VirtualMachineSnapshot",
                lab.on.snapshots().all().getFirst().ref().value(),
                "ExportSnapshot",
                "")
            .first("returnval");
    ready(lease);

    land(urls(lease).getFirst(), folder.resolve("s.raw"));

    assertThat(Files.mismatch(folder.resolve("s.raw"), then)).isEqualTo(-1);
  }

  @Test
  void aLeaseHoldsTheMachineUntilItIsComplete() throws Exception {
    String lease = open(lab.off);

    PlainSoap.Answer held =
        soap.call("VirtualMachine", lab.off.ref().value(), "PowerOnVM_Task", "");
    PlainSoap.Answer reconfigure =
        soap.call(
            "VirtualMachine",
            lab.off.ref().value(),
            "ReconfigVM_Task",
            "<spec><annotation>x</annotation></spec>");
    PlainSoap.Answer template =
        soap.call("VirtualMachine", lab.off.ref().value(), "MarkAsTemplate", "");
    soap.call("HttpNfcLease", lease, "HttpNfcLeaseComplete", "");
    PlainSoap.Answer free =
        soap.call("VirtualMachine", lab.off.ref().value(), "PowerOnVM_Task", "");

    assertThat(held.text()).contains("xsi:type=\"TaskInProgress\"");
    assertThat(reconfigure.text()).contains("xsi:type=\"TaskInProgress\"");
    assertThat(template.text()).contains("xsi:type=\"TaskInProgress\"");
    assertThat(free.status()).isEqualTo(200);
  }

  @Test
  void aLeaseWithoutProgressEnds() throws Exception {
    lab.close();
    lab =
        new SmallLab(
            LabPace.quick().withLeaseTimeout(Duration.ofMillis(150)),
            LabVCenter.Options.defaults());
    soap = new PlainSoap(lab.vcenter).login();
    String lease = open(lab.off);

    boolean free = lab.estate.await(() -> lab.off.lease() == null, Duration.ofSeconds(10));

    assertThat(free).isTrue();
    assertThat(leaseProperty(lease, "state").first("val")).isEqualTo("error");
    assertThat(leaseProperty(lease, "error").text()).contains("xsi:type=\"Timedout\"");
  }

  @Test
  void aLeaseSurvivesItsVCenterAndHoldsOn() throws Exception {
    open(lab.off);
    lab.vcenter.restart(Duration.ZERO);
    soap.login();

    PlainSoap.Answer held =
        soap.call("VirtualMachine", lab.off.ref().value(), "PowerOnVM_Task", "");

    assertThat(held.text()).contains("xsi:type=\"TaskInProgress\"");
  }

  @Test
  void aLogoutAbortsTheLease() throws Exception {
    open(lab.off);

    soap.call("SessionManager", "SessionManager", "Logout", "");

    assertThat(lab.off.lease()).isNull();
  }

  @Test
  void aTruncatedStreamIsNoDisk() throws IOException {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.STREAM_TRUNCATED, "GET").after(300_000));
    URI url = urls(open(lab.off)).getFirst();

    assertThatThrownBy(() -> land(url, folder.resolve("a.raw")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("end");
  }

  @Test
  void aBrokenConnectionIsAnError() throws IOException {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.STREAM_RESET, "GET").after(300_000));
    URI url = urls(open(lab.off)).getFirst();

    assertThatThrownBy(() -> land(url, folder.resolve("a.raw"))).isInstanceOf(IOException.class);
  }

  @Test
  void aCorruptGrainIsNoticed() throws IOException {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.STREAM_CORRUPT, "GET").after(300_000));
    URI url = urls(open(lab.off)).getFirst();

    assertThatThrownBy(() -> land(url, folder.resolve("a.raw"))).isInstanceOf(IOException.class);
  }

  @Test
  void aFileOfNoLeaseIsNotFound() throws IOException {
    PlainSoap.Answer answer =
        soap.http("GET", "/nfc/00000000-0000-0000-0000-000000000000/disk-0.vmdk", "");

    assertThat(answer.status()).isEqualTo(404);
  }

  @Test
  void aRunningMachineAndATemplateRefuse() throws IOException {
    PlainSoap.Answer running = soap.call("VirtualMachine", lab.on.ref().value(), "ExportVm", "");
    PlainSoap.Answer template = soap.call("VirtualMachine", lab.tpl.ref().value(), "ExportVm", "");

    assertThat(running.text()).contains("xsi:type=\"InvalidPowerState\"");
    assertThat(template.text()).contains("xsi:type=\"NotSupported\"");
  }

  @Test
  void aHostMayBeAStar() throws IOException {
    lab.close();
    lab = new SmallLab(LabPace.quick(), LabVCenter.Options.defaults().withWildcardHost());
    soap = new PlainSoap(lab.vcenter).login();

    String info = leaseProperty(open(lab.off), "info").text();

    assertThat(info).contains("<url>https://*:").contains(lab.vcenter.sha1Thumbprint());
  }
}
