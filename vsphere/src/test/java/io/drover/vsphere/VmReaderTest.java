// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.vsphere.VmFacts.Backing;
import io.drover.vsphere.VmFacts.Bus;
import io.drover.vsphere.VmFacts.Device;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;

/** What is understood of virtual machines, of kinds newer than the library too. */
class VmReaderTest {
  private static VimData xml(String xml) throws XMLStreamException {
    return VimReader.body(
        new ByteArrayInputStream(
            ("<Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><Body>"
                    + xml
                    + "</Body></Envelope>")
                .getBytes(StandardCharsets.UTF_8)));
  }

  private static VmFacts vm(Map<String, String> properties) throws XMLStreamException {
    Map<String, VimData> values = new HashMap<>();
    for (Map.Entry<String, String> each : properties.entrySet()) {
      values.put(each.getKey(), xml("<val>" + each.getValue() + "</val>"));
    }
    return VmReader.read(Moref.vm("vm-1"), values, Names.NONE, any -> true);
  }

  private static VmFacts withDevices(String... devices) throws XMLStreamException {
    return vm(Map.of("config.hardware.device", String.join("", devices)));
  }

  private static String disk(String more) {
    return "<VirtualDevice xsi:type=\"VirtualDisk\"><key>2000</key>" + more + "</VirtualDevice>";
  }

  @Test
  void knowsAnNvmeDiskWithSecureBootAndTpm() throws Exception {
    VmFacts vm =
        vm(
            Map.of(
                "config.firmware",
                "efi",
                "config.bootOptions",
                "<efiSecureBootEnabled>true</efiSecureBootEnabled><bootOrder"
                    + " xsi:type=\"VirtualMachineBootOptionsBootableDiskDevice\">"
                    + "<deviceKey>2000</deviceKey></bootOrder>",
                "config.keyId",
                "<keyId>k</keyId>",
                "config.flags",
                "<vbsEnabled>true</vbsEnabled>",
                "config.hardware.device",
                "<VirtualDevice xsi:type=\"VirtualTPM\"><key>11000</key></VirtualDevice>"
                    + "<VirtualDevice xsi:type=\"VirtualNVMEController\"><key>31000</key>"
                    + "<busNumber>1</busNumber></VirtualDevice>"
                    + disk(
                        "<controllerKey>31000</controllerKey><unitNumber>3</unitNumber>"
                            + "<capacityInBytes>1048576</capacityInBytes>")));

    assertThat(vm.hardware().tpm()).isTrue();
    assertThat(vm.hardware().boot().secureBoot()).isTrue();
    assertThat(vm.hardware().boot().order()).containsExactly("disk:2000");
    assertThat(vm.hardware().encryption().encrypted()).isTrue();
    assertThat(vm.hardware().encryption().virtualizationBasedSecurity()).isTrue();
    assertThat(vm.disks().getFirst().slot().bus()).isEqualTo(Bus.NVME);
    assertThat(vm.disks().getFirst().slot().busNumber()).isEqualTo(1);
    assertThat(vm.disks().getFirst().slot().unit()).isEqualTo(3);
    assertThat(vm.disks().getFirst().capacityBytes()).isEqualTo(1048576);
  }

  @Test
  void addsUpTheFilesOfADiskAndItsSnapshots() throws Exception {
    VmFacts vm =
        vm(
            Map.of(
                "layoutEx.file",
                file(0, "config", 3000)
                    + file(1, "diskDescriptor", 500)
                    + file(2, "diskExtent", 7000)
                    + file(3, "diskDescriptor", 400)
                    + file(4, "diskExtent", 900)
                    + file(5, "diskDescriptor", 300),
                "layoutEx.disk",
                layout(2000, chain(1, 2), chain(3, 4)) + layout(2001, chain(5))));

    assertThat(vm.storage().diskBytes())
        .as("of disk 2001 only a descriptor is known")
        .isEqualTo(Map.of(2000, 8800L));
  }

  private static String file(int key, String type, long size) {
    return "<VirtualMachineFileLayoutExFileInfo><key>"
        + key
        + "</key><type>"
        + type
        + "</type><size>"
        + size
        + "</size></VirtualMachineFileLayoutExFileInfo>";
  }

  private static String layout(int disk, String... chain) {
    return "<VirtualMachineFileLayoutExDiskLayout><key>"
        + disk
        + "</key>"
        + String.join("", chain)
        + "</VirtualMachineFileLayoutExDiskLayout>";
  }

  private static String chain(int... files) {
    return java.util.Arrays.stream(files)
        .mapToObj(file -> "<fileKey>" + file + "</fileKey>")
        .collect(java.util.stream.Collectors.joining("", "<chain>", "</chain>"));
  }

  @Test
  void tellsTheKindsOfBackingsApart() throws Exception {
    assertThat(
            withDevices(
                    disk(
                        "<backing xsi:type=\"VirtualDiskRawDiskMappingVer1BackingInfo\">"
                            + "<compatibilityMode>physicalMode</compatibilityMode>"
                            + "<lunUuid>0200</lunUuid></backing>"))
                .disks()
                .getFirst())
        .matches(disk -> disk.backing() == Backing.RDM_PHYSICAL)
        .matches(disk -> disk.uuid().equals("0200"));
    assertThat(
            withDevices(
                    disk(
                        "<backing xsi:type=\"VirtualDiskRawDiskMappingVer1BackingInfo\">"
                            + "<compatibilityMode>virtualMode</compatibilityMode></backing>"))
                .disks()
                .getFirst()
                .backing())
        .isEqualTo(Backing.RDM_VIRTUAL);
    assertThat(
            withDevices(disk("<backing xsi:type=\"VirtualDiskSeSparseBackingInfo\"/>"))
                .disks()
                .getFirst()
                .backing())
        .isEqualTo(Backing.SE_SPARSE);
    assertThat(
            withDevices(disk("<backing xsi:type=\"VirtualDiskOfTheFutureBackingInfo\"/>"))
                .disks()
                .getFirst()
                .backing())
        .isEqualTo(Backing.OTHER);
  }

  @Test
  void readsAFlatDisk() throws Exception {
    VmFacts.Disk disk =
        withDevices(
                disk(
                    "<capacityInKB>16</capacityInKB><backing"
                        + " xsi:type=\"VirtualDiskFlatVer2BackingInfo\">"
                        + "<fileName>[ds 1] a b/c.vmdk</fileName>"
                        + "<datastore type=\"Datastore\">datastore-7</datastore>"
                        + "<diskMode>independent_persistent</diskMode>"
                        + "<sharing>sharingMultiWriter</sharing>"
                        + "<thinProvisioned>true</thinProvisioned>"
                        + "<changeId>52 1/4</changeId></backing>"))
            .disks()
            .getFirst();

    assertThat(disk.capacityBytes()).isEqualTo(16384);
    assertThat(disk.datastoreName()).isEqualTo("ds 1");
    assertThat(disk.path()).isEqualTo("a b/c.vmdk");
    assertThat(disk.datastore()).contains(new Moref("Datastore", "datastore-7"));
    assertThat(disk.independent()).isTrue();
    assertThat(disk.shared()).isTrue();
    assertThat(disk.thin()).isTrue();
    assertThat(disk.changeId()).isEqualTo("52 1/4");
  }

  @Test
  void readsNetworkCardsWithWhatTheGuestSays() throws Exception {
    VmFacts vm =
        vm(
            Map.of(
                "config.hardware.device",
                "<VirtualDevice xsi:type=\"VirtualVmxnet3\"><key>4000</key>"
                    + "<macAddress>00:50:56:AA:BB:CC</macAddress>"
                    + "<backing xsi:type=\"VirtualEthernetCardDistributedVirtualPortBackingInfo\">"
                    + "<port><portgroupKey>dvportgroup-9</portgroupKey></port></backing>"
                    + "<connectable><startConnected>true</startConnected>"
                    + "<connected>false</connected></connectable></VirtualDevice>"
                    + "<VirtualDevice xsi:type=\"VirtualVmxnet9\"><key>4001</key>"
                    + "<macAddress>00:50:56:aa:bb:cd</macAddress></VirtualDevice>",
                "guest.net",
                "<GuestNicInfo><deviceConfigId>4000</deviceConfigId><ipConfig>"
                    + "<ipAddress><ipAddress>10.0.0.7</ipAddress></ipAddress>"
                    + "<ipAddress><ipAddress>fe80::1</ipAddress></ipAddress>"
                    + "</ipConfig></GuestNicInfo>"));

    VmFacts.Nic nic = vm.nics().getFirst();
    assertThat(nic.model()).isEqualTo("Vmxnet3");
    assertThat(nic.mac()).isEqualTo("00:50:56:aa:bb:cc");
    assertThat(nic.network())
        .isEqualTo(Optional.of(new Moref("DistributedVirtualPortgroup", "dvportgroup-9")));
    assertThat(nic.startConnected()).isTrue();
    assertThat(nic.connected()).isFalse();
    assertThat(nic.ipAddresses()).containsExactly("10.0.0.7", "fe80::1");
    assertThat(vm.nics().get(1).model()).as("a card of the future").isEqualTo("VirtualVmxnet9");
  }

  @Test
  void seesWhatStandsInTheWayOfAMove() throws Exception {
    VmFacts vm =
        withDevices(
            "<VirtualDevice xsi:type=\"VirtualPCIPassthrough\"><key>13000</key>"
                + "<backing xsi:type=\"VirtualPCIPassthroughVmiopBackingInfo\">"
                + "<vgpu>grid_a100</vgpu></backing></VirtualDevice>",
            "<VirtualDevice xsi:type=\"VirtualSerialPort\"><key>9000</key></VirtualDevice>",
            "<VirtualDevice xsi:type=\"VirtualKeyboard\"><key>600</key></VirtualDevice>");

    assertThat(vm.hardware().devices().stream().map(Device::kind))
        .containsExactly(Device.Kind.PCI_PASSTHROUGH, Device.Kind.SERIAL);
    assertThat(vm.hardware().devices().getFirst().backing()).isEqualTo("grid_a100");
  }

  @Test
  void readsSnapshotTrees() throws Exception {
    VmFacts vm =
        vm(
            Map.of(
                "snapshot",
                "<rootSnapshotList><snapshot type=\"VirtualMachineSnapshot\">snapshot-1</snapshot>"
                    + "<name>a</name><createTime>2026-01-02T03:04:05.678Z</createTime>"
                    + "<state>poweredOn</state><childSnapshotList>"
                    + "<snapshot type=\"VirtualMachineSnapshot\">snapshot-2</snapshot>"
                    + "<name>b</name></childSnapshotList></rootSnapshotList>"));

    List<String> names = vm.snapshots().getFirst().walk().map(SnapshotNode::name).toList();

    assertThat(names).containsExactly("a", "b");
    assertThat(vm.snapshots().getFirst().createdAt()).hasToString("2026-01-02T03:04:05.678Z");
  }

  @Test
  void readsNamesAsPeopleWroteThem() throws Exception {
    assertThat(vm(Map.of("name", "a%2fb%5cc%25")).name()).isEqualTo("a/b\\c%");
  }

  @Test
  void survivesAMachineOfWhichNothingIsKnown() throws Exception {
    VmFacts vm = vm(Map.of());

    assertThat(vm.runtime().powerState()).isEqualTo(PowerState.UNKNOWN);
    assertThat(vm.disks()).isEmpty();
    assertThat(vm.placement().host()).isEmpty();
  }

  @Test
  void readsLongAnswersWithManyEscapes() throws Exception {
    VimData data = xml("<val>" + "&lt;&amp;&#x41;".repeat(300_000) + "</val>");

    assertThat(data.text()).hasSize(900_000).startsWith("<&A");
  }

  @Test
  void refusesDocumentTypesAndDeepNesting() {
    assertThatThrownBy(() ->
            VimReader.body(
                new ByteArrayInputStream(
                    ("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
                            + "<Envelope><Body><v>&x;</v></Body></Envelope>")
                        .getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(XMLStreamException.class);
    assertThatThrownBy(() -> xml("<a>".repeat(500) + "</a>".repeat(500)))
        .isInstanceOf(XMLStreamException.class);
  }
}
