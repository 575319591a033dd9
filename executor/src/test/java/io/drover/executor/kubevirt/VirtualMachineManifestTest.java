// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.executor.Trouble;
import io.drover.schemas.Carry;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What of a source VM is found again in its VirtualMachine, and where. */
class VirtualMachineManifestTest {
  private static final String UUID = "4208d5f0-4e2b-4d0a-9d2d-3f3f3f3f3f3f";

  /** A VM to be changed one thing at a time. */
  private static final class Source {
    Inventory.Compute compute = new Inventory.Compute(4, 2, 8192, false, false);
    Inventory.Boot boot = new Inventory.Boot(Inventory.Firmware.EFI, false, false, UUID);
    String guest = "rhel9_64Guest";
    List<Inventory.Disk> disks =
        List.of(
            disk(2001, 1, "pvscsi", null),
            disk(2000, 0, "pvscsi", "6000C29a1b2c3d4e5f60718293a4b5c6"));
    List<Inventory.Nic> nics = List.of(nic(4000, true), nic(4001, false));
    boolean compatibility;
    @Nullable String preference;
    Map<String, String> labels = Map.of("team", "erp", "drover.io/migration", "stolen");

    Map<String, String> annotations = Map.of();
    Map<String, String> attributes = Map.of();
    List<String> tags = List.of();
    @Nullable Carry carry;
    String note = "";

    JsonNode made(int generation) {
      return Json.mapper()
          .valueToTree(VirtualMachineManifest.of(spec(), generation, true, note, new Token(7)));
    }

    MigrationSpec spec() {
      var vm =
          new Inventory.Vm(
              new VmKey("vc-1", "vm-1"),
              new Inventory.Placement(
                  "vm-42", "dc", "/dc/vm", "cl", "host-9", "esx1", "resgroup-8"),
              "Web 01",
              Inventory.Power.ON,
              false,
              compute,
              boot,
              new Inventory.Guest(guest, guest, "web01.example", true, List.of(), List.of()),
              disks,
              nics,
              List.of(),
              new Inventory.ChangeTracking(true, true),
              "1",
              false,
              List.of(),
              attributes,
              tags,
              null);
      return new MigrationSpec(
          new MigrationId("m1"),
          new WaveId("erp/1"),
          1,
          Way.COLD,
          Transfer.STREAM,
          Sink.UPLOAD,
          vm,
          new MigrationSpec.Target(
              "erp",
              "web-01",
              Map.of(2000, "fast", 2001, "slow"),
              Map.of(
                  4000,
                  MigrationSpec.TargetNic.POD,
                  4001,
                  new MigrationSpec.TargetNic("nets/vlan7")),
              compatibility,
              preference,
              labels,
              annotations,
              carry),
          new MigrationSpec.Policy(
              false,
              null,
              null,
              Duration.ofMinutes(2),
              true,
              Duration.ofMinutes(5),
              true,
              Duration.ofMinutes(30),
              MigrationSpec.SoakEnd.HOLD,
              null,
              List.of()));
    }

    JsonNode domain() {
      return made(0).at("/spec/template/spec/domain");
    }
  }

  private static Inventory.Disk disk(int key, int unit, String controller, @Nullable String uuid) {
    return new Inventory.Disk(
        key,
        "Hard disk " + key,
        1 << 20,
        "ds",
        "[ds] web/web.vmdk",
        uuid,
        Inventory.Backing.FLAT,
        controller,
        0,
        unit,
        false,
        false,
        true,
        null,
        null);
  }

  private static Inventory.Nic nic(int key, boolean startConnected) {
    return new Inventory.Nic(
        key,
        "Network adapter " + key,
        "vmxnet3",
        "00:50:56:aa:bb:" + key % 100,
        "net-1",
        "VM Network",
        startConnected,
        startConnected,
        List.of());
  }

  private static List<String> names(JsonNode list) {
    return list.findValuesAsText("name");
  }

  @Test
  void itIsHaltedNamedAndMarked() {
    JsonNode vm = new Source().made(0);

    assertThat(vm.at("/spec/runStrategy").asText()).isEqualTo("Halted");
    assertThat(vm.at("/metadata/name").asText()).isEqualTo("web-01");
    assertThat(vm.at("/metadata/namespace").asText()).isEqualTo("erp");
    assertThat(vm.at("/metadata/labels/team").asText()).isEqualTo("erp");
    assertThat(vm.at("/metadata/labels").path("drover.io/migration").asText())
        .as("a label of the plan never hides whose it is")
        .isEqualTo("m1");
    assertThat(vm.at("/metadata/annotations").path(JourneyMarks.TOKEN).asText()).isEqualTo("7");
    assertThat(vm.at("/spec/template/metadata/labels/team").asText()).isEqualTo("erp");
  }

  private static List<String> refused(Map<String, String> labels, Map<String, String> annotations) {
    var source = new Source();
    source.labels = labels;
    source.annotations = annotations;
    try {
      Carried.check(source.spec());
      return List.of();
    } catch (Trouble trouble) {
      return List.of(trouble.problem().code(), trouble.problem().what());
    }
  }

  @Test
  void nothingThatPeopleWroteIsCarriedUnlessThePlanSaysSo() {
    var source = new Source();
    source.tags = List.of("Tier/db");
    source.attributes = Map.of("owner", "Ada");
    source.note = "root: secret";

    assertThat(source.made(0).at("/metadata").toString())
        .doesNotContain("Tier")
        .doesNotContain("Ada")
        .doesNotContain("secret");
    source.carry = Carry.DEFAULT;
    assertThat(source.made(0).at("/metadata").toString())
        .contains("\"source.drover.io/Tier\":\"db\"")
        .contains("\"source.drover.io/folder\":\"/dc/vm\"")
        .contains("\"source.drover.io/uuid\":\"vm-1\"")
        .doesNotContain("Ada")
        .doesNotContain("secret");
  }

  @Test
  void whatIsAskedForIsALabelWhereItCanAndAnAnnotationAsItWas() {
    var source = new Source();
    source.tags = List.of("Tier/db & cache", "Zone/a", "Zone/b");
    source.attributes = Map.of("cost center", "R&D 7", "secret", "x");
    source.note = "Ask Ada.\nÜber alles.";
    source.carry = new Carry(true, List.of("cost center", "not there"), true, "old.example.com");

    JsonNode made = source.made(0);

    for (String place : List.of("/metadata/labels", "/spec/template/metadata/labels")) {
      JsonNode labels = made.at(place);
      assertThat(labels.path("old.example.com/Tier").asText()).isEqualTo("db-cache");
      assertThat(labels.path("old.example.com/Zone.a").asText()).isEqualTo("true");
      assertThat(labels.path("old.example.com/Zone.b").asText()).isEqualTo("true");
      assertThat(labels.path("old.example.com/cost-center").asText()).isEqualTo("R-D-7");
      assertThat(labels.has("old.example.com/secret")).isFalse();
    }
    JsonNode annotations = made.at("/metadata/annotations");
    assertThat(annotations.path("old.example.com/tags").asText())
        .isEqualTo("[\"Tier/db & cache\",\"Zone/a\",\"Zone/b\"]");
    assertThat(annotations.path("old.example.com/attributes").asText())
        .isEqualTo("{\"cost center\":\"R&D 7\"}");
    assertThat(annotations.path("old.example.com/note").asText()).isEqualTo(source.note);
    assertThat(Carried.of(source.spec(), "").told()).isEmpty();
  }

  @Test
  void whatALabelCannotHoldIsToldAndKeptInAnAnnotation() {
    var source = new Source();
    source.tags = List.of("Größe/大", "Long/" + "x".repeat(64), "a b/1", "a-b/2");
    source.carry = Carry.DEFAULT;

    Carried carried = Carried.of(source.spec(), "");

    assertThat(carried.labels()).containsOnly(Map.entry("source.drover.io/a-b", "1"));
    assertThat(carried.told())
        .satisfiesExactlyInAnyOrder(
            told -> assertThat(told).contains("Größe/大").contains("nothing of it"),
            told -> assertThat(told).contains("Long/").contains("longer than the 63"),
            told -> assertThat(told).contains("a-b/2").contains("source.drover.io/a-b is taken"));
    assertThat(carried.annotations().get("source.drover.io/tags"))
        .contains("Größe/大", "x".repeat(64), "a-b/2");
  }

  @Test
  void aNoteThatIsTooLongIsLeftAtTheSourceAndThatIsSaid() {
    var source = new Source();
    source.note = "ü".repeat((32 << 10) + 1);
    source.carry = new Carry(false, List.of(), true, Carry.PREFIX);

    assertThat(source.made(0).at("/metadata/annotations").path("source.drover.io/note").asText())
        .isEqualTo("(left at the source: its 65538 bytes are too many)");
  }

  @Test
  void whatThePlanSaysOfAVmGoesBeforeWhatIsCarried() {
    var source = new Source();
    source.tags = List.of("Tier/db");
    source.carry = Carry.DEFAULT;
    source.labels = Map.of("source.drover.io/Tier", "gold");
    source.annotations = Map.of("source.drover.io/folder", "elsewhere");

    JsonNode made = source.made(0).at("/metadata");

    assertThat(made.at("/labels").path("source.drover.io/Tier").asText()).isEqualTo("gold");
    assertThat(made.at("/annotations").path("source.drover.io/folder").asText())
        .isEqualTo("elsewhere");
    assertThat(refused(source.labels, source.annotations)).isEmpty();
  }

  @Test
  void aLabelOfThePlanThatCannotStandThereIsRefused() {
    assertThat(refused(Map.of("a b", "x"), Map.of())).contains("label-illegal");
    assertThat(refused(Map.of("tier", "not ok"), Map.of())).contains("label-illegal");
    assertThat(refused(Map.of("Not.Dns/tier", "x"), Map.of())).contains("label-illegal");
    assertThat(refused(Map.of("kubevirt.io/domain", "x"), Map.of())).contains("label-illegal");
    assertThat(refused(Map.of(), Map.of("drover.io/migration", "m2"))).contains("label-illegal");
    assertThat(refused(Map.of("drover.io/plan", "erp", "tier", ""), Map.of("any", "text \n")))
        .isEmpty();
  }

  @Test
  void theTopologyOfTheProcessorIsKeptAndOneThatDoesNotDivideIsFlat() {
    var source = new Source();
    assertThat(source.domain().at("/cpu/sockets").asInt()).isEqualTo(2);
    assertThat(source.domain().at("/cpu/cores").asInt()).isEqualTo(2);

    source.compute = new Inventory.Compute(5, 2, 8192, false, false);

    assertThat(source.domain().at("/cpu/sockets").asInt()).isEqualTo(5);
    assertThat(source.domain().at("/cpu/cores").asInt()).isEqualTo(1);
    assertThat(source.domain().at("/memory/guest").asText()).isEqualTo("8192Mi");
  }

  @Test
  void firmwareSecureBootAndTpmAreSaidInEveryCase() {
    var source = new Source();
    assertThat(source.domain().at("/firmware/bootloader").toString())
        .isEqualTo("{\"efi\":{\"secureBoot\":false}}");
    assertThat(source.domain().at("/devices/tpm").toString()).isEqualTo("{\"enabled\":false}");
    assertThat(source.domain().at("/features").has("smm")).isFalse();

    source.boot = new Inventory.Boot(Inventory.Firmware.EFI, true, true, UUID);
    assertThat(source.domain().at("/firmware/bootloader").toString())
        .isEqualTo("{\"efi\":{\"secureBoot\":true}}");
    assertThat(source.domain().at("/features/smm/enabled").asBoolean()).isTrue();
    assertThat(source.domain().at("/devices/tpm").toString()).isEqualTo("{\"persistent\":true}");

    source.boot = new Inventory.Boot(Inventory.Firmware.BIOS, false, false, UUID);
    assertThat(source.domain().at("/firmware/bootloader").toString()).isEqualTo("{\"bios\":{}}");
  }

  @Test
  void theMachineIsTheSameForLicencesInside() {
    JsonNode firmware = new Source().domain().at("/firmware");

    assertThat(firmware.at("/uuid").asText()).isEqualTo(UUID);
    assertThat(firmware.at("/serial").asText())
        .isEqualTo("VMware-42 08 d5 f0 4e 2b 4d 0a-9d 2d 3f 3f 3f 3f 3f 3f");
  }

  @Test
  void everyDiskIsOnItsVolumeAndTheOneThatVMwareBootsBootsFirst() {
    var source = new Source();
    JsonNode disks = source.domain().at("/devices/disks");

    assertThat(names(disks)).containsExactly("disk-2001", "disk-2000");
    assertThat(disks.at("/0").has("bootOrder")).isFalse();
    assertThat(disks.at("/1/bootOrder").asInt()).isEqualTo(1);
    assertThat(disks.at("/0/disk/bus").asText()).isEqualTo("virtio");
    assertThat(disks.at("/0/serial").asText()).isEqualTo("disk-2001");
    assertThat(disks.at("/1/serial").asText()).hasSize(20).isEqualTo("3d4e5f60718293a4b5c6");
    assertThat(
            source
                .made(0)
                .at("/spec/template/spec/volumes/1/persistentVolumeClaim/claimName")
                .asText())
        .startsWith("web-01-2000-")
        .doesNotEndWith("-g2");
    assertThat(
            source
                .made(2)
                .at("/spec/template/spec/volumes/1/persistentVolumeClaim/claimName")
                .asText())
        .endsWith("-g2");
  }

  @Test
  void theBootDiskIsFoundByControllerNumberAndUnit() {
    assertThat(
            VirtualMachineManifest.bootDisk(
                    List.of(
                        disk(2000, 0, "pvscsi", null),
                        disk(3000, 1, "ide", null),
                        disk(16000, 0, "sata", null),
                        disk(31000, 0, "nvme", null)))
                .deviceKey())
        .isEqualTo(16000);
    assertThat(
            VirtualMachineManifest.bootDisk(
                    List.of(disk(2005, 5, "lsilogic", null), disk(2001, 1, "lsilogic", null)))
                .deviceKey())
        .isEqualTo(2001);
  }

  @Test
  void everyNicKeepsItsMacAndGoesWhereItIsMapped() {
    JsonNode spec = new Source().made(0).at("/spec/template/spec");

    assertThat(spec.at("/networks/0").toString()).isEqualTo("{\"name\":\"nic-4000\",\"pod\":{}}");
    assertThat(spec.at("/networks/1/multus/networkName").asText()).isEqualTo("nets/vlan7");
    JsonNode interfaces = spec.at("/domain/devices/interfaces");
    assertThat(interfaces.at("/0/macAddress").asText()).isEqualTo("00:50:56:aa:bb:0");
    assertThat(interfaces.at("/0").has("masquerade")).isTrue();
    assertThat(interfaces.at("/1/macAddress").asText()).isEqualTo("00:50:56:aa:bb:1");
    assertThat(interfaces.at("/1").has("bridge")).isTrue();
    assertThat(interfaces.at("/1/state").asText()).as("was not connected").isEqualTo("down");
    assertThat(interfaces.at("/0/model").asText()).isEqualTo("virtio");
  }

  @Test
  void aVmWithoutNicsGetsNone() {
    var source = new Source();
    source.nics = List.of();

    JsonNode devices = source.domain().at("/devices");

    assertThat(devices.at("/interfaces")).isEmpty();
    assertThat(devices.at("/autoattachPodInterface").asBoolean(true)).isFalse();
  }

  @Test
  void compatibilityDevicesNeedNoDriver() {
    var source = new Source();
    source.compatibility = true;

    JsonNode devices = source.domain().at("/devices");

    assertThat(devices.at("/disks/0/disk/bus").asText()).isEqualTo("sata");
    assertThat(devices.at("/interfaces/0/model").asText()).isEqualTo("e1000e");
    assertThat(devices.at("/inputs/0/bus").asText()).isEqualTo("usb");
  }

  @Test
  void windowsKeepsItsClockAndItsEnlightenments() {
    var source = new Source();
    assertThat(source.domain().at("/clock/timer").has("hyperv")).isFalse();
    assertThat(source.domain().at("/clock").has("utc")).isTrue();

    source.guest = "windows2019srv_64Guest";

    assertThat(source.domain().at("/clock/timer/hyperv/present").asBoolean()).isTrue();
    assertThat(source.domain().at("/features/hyperv/spinlocks/spinlocks").asInt()).isEqualTo(8191);
    assertThat(source.domain().at("/clock/timer/hpet/present").asBoolean(true)).isFalse();
  }

  @Test
  void aPreferenceIsNamedButDecidesNothing() {
    var source = new Source();
    source.preference = "rhel.9";

    JsonNode spec = source.made(0).at("/spec");

    assertThat(spec.at("/preference/name").asText()).isEqualTo("rhel.9");
    assertThat(spec.at("/template/spec/domain/machine/type").asText()).isEqualTo("q35");
  }
}
