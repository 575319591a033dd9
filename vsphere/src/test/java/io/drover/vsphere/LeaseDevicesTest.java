// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.vsphere.VmFacts.Bus;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which offer of a lease is which disk. */
class LeaseDevicesTest {
  private static final URI SERVER = URI.create("https://vcenter.example.com/sdk");

  private static VmFacts.Disk disk(int key, Bus bus, int busNumber, int unit, String file) {
    return new VmFacts.Disk(
        key,
        "",
        1024,
        file,
        Optional.empty(),
        VmFacts.Backing.FLAT,
        "persistent",
        "",
        true,
        "",
        "",
        new VmFacts.Slot(bus, 1000, busNumber, unit, ""),
        false);
  }

  private static VimData text(String name, String text) {
    return new VimData(name, null, null, text, List.of());
  }

  private static VimData offers(String[]... keysAndUrlsAndNames) {
    List<VimData> offers = new ArrayList<>();
    for (String[] each : keysAndUrlsAndNames) {
      offers.add(
          new VimData(
              "deviceUrl",
              null,
              null,
              "",
              List.of(
                  text("key", each[0]),
                  text("url", each[1]),
                  text("targetId", each[2]),
                  text("disk", each.length > 3 ? each[3] : "true"))));
    }
    return new VimData("info", null, null, "", offers);
  }

  private static List<Optional<Integer>> keys(VimData info, VmFacts.Disk... disks) {
    return LeaseDevices.read(info, List.of(disks), SERVER).stream()
        .map(each -> each.disk().map(VmFacts.Disk::deviceKey))
        .toList();
  }

  @Test
  void goesByControllerAndUnit() {
    VimData info =
        offers(
            new String[] {"/vm-7/ParaVirtualSCSIController1:0", "https://esx/nfc/1", "disk-0.vmdk"},
            new String[] {"/vm-7/VirtualLsiLogicController0:1", "https://esx/nfc/2", "disk-1.vmdk"},
            new String[] {"/vm-7/VirtualAHCIController0:0", "https://esx/nfc/3", "disk-2.vmdk"},
            new String[] {"/vm-7/nvram", "https://esx/nfc/4", "x.nvram", "false"});

    assertThat(
            keys(
                info,
                disk(2001, Bus.LSI_LOGIC, 0, 1, "[a] a/a.vmdk"),
                disk(2016, Bus.PVSCSI, 1, 0, "[a] a/b.vmdk"),
                disk(16000, Bus.SATA, 0, 0, "[a] a/c.vmdk")))
        .containsExactly(Optional.of(2016), Optional.of(2001), Optional.of(16000));
  }

  @Test
  void goesByTheFileWhenTheKeyTellsNothing() {
    VimData info =
        offers(
            new String[] {"/vm-7/disk:0", "https://esx/nfc/1", "b.vmdk"},
            new String[] {"/vm-7/disk:1", "https://esx/nfc/2", "a.vmdk"});

    assertThat(
            keys(
                info,
                disk(2000, Bus.PVSCSI, 0, 0, "[a] a/a.vmdk"),
                disk(2001, Bus.PVSCSI, 0, 1, "[a] a/b.vmdk")))
        .containsExactly(Optional.of(2001), Optional.of(2000));
  }

  @Test
  void doesNotGuessWhenTheCountsDiffer() {
    VimData info = offers(new String[] {"/vm-7/disk:0", "https://esx/nfc/1", "z.vmdk"});

    assertThat(
            keys(
                info,
                disk(2000, Bus.PVSCSI, 0, 0, "[a] a/a.vmdk"),
                disk(2001, Bus.PVSCSI, 0, 1, "[a] a/b.vmdk")))
        .containsExactly(Optional.empty());
  }

  @Test
  void doesNotGuessWhereTheNamesAreAtOddsWithTheMachine() {
    VimData info =
        offers(
            new String[] {"/vm-7/VirtualLsiLogicController0:4", "https://esx/nfc/1", "disk-0.vmdk"},
            new String[] {
              "/vm-7/VirtualLsiLogicController0:5", "https://esx/nfc/2", "disk-1.vmdk"
            });

    assertThat(
            keys(
                info,
                disk(2000, Bus.LSI_LOGIC, 0, 0, "[a] a/a.vmdk"),
                disk(2001, Bus.LSI_LOGIC, 0, 1, "[a] a/b.vmdk")))
        .containsExactly(Optional.empty(), Optional.empty());
  }

  @Test
  void theLastDiskIsTheLastOffer() {
    VimData info =
        offers(
            new String[] {"/vm-7/VirtualLsiLogicController0:1", "https://esx/nfc/1", "disk-0.vmdk"},
            new String[] {
              "/vm-7/VirtualLsiLogicController0:5", "https://esx/nfc/2", "disk-1.vmdk"
            });

    assertThat(
            keys(
                info,
                disk(2000, Bus.LSI_LOGIC, 0, 0, "[a] a/a.vmdk"),
                disk(2001, Bus.LSI_LOGIC, 0, 1, "[a] a/b.vmdk")))
        .containsExactly(Optional.of(2001), Optional.of(2000));
  }

  @Test
  void putsTheServerWhereAStarIs() {
    VimData info = offers(new String[] {"k", "https://*/nfc/1/disk-0.vmdk", "disk-0.vmdk"});

    assertThat(LeaseDevices.read(info, List.of(), SERVER).getFirst().url())
        .isEqualTo(URI.create("https://vcenter.example.com/nfc/1/disk-0.vmdk"));
  }

  @Test
  void refusesAnAddressThatIsNoneWithoutShowingIt() {
    for (String address : List.of("file:///nfc/ticket", "https://e x/nfc/ticket")) {
      VimData info = offers(new String[] {"/vm-7/k", address, "disk-0.vmdk"});

      assertThatThrownBy(() -> LeaseDevices.read(info, List.of(), SERVER))
          .isInstanceOf(VSphereFault.class)
          .hasMessageContaining("device /vm-7/k")
          .hasNoCause()
          .message()
          .doesNotContain("ticket");
    }
  }
}
