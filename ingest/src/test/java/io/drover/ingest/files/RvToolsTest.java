// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.schemas.Inventory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dhatim.fastexcel.Workbook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RvToolsTest {
  @TempDir private Path folder;

  @Test
  void aNewExportGivesMachinesDisksAndUse() throws IOException {
    Path file =
        xlsx(
            new String[][] {
              {
                "VM",
                "Powerstate",
                "CPUs",
                "Memory",
                "In Use MiB",
                "VM ID",
                "Host",
                "Cluster",
                "VI SDK UUID",
                "DNS Name",
                "app",
                "Firmware"
              },
              {
                "erp1",
                "poweredOn",
                "4",
                "8192",
                "40,960",
                "vm-1",
                "esx1",
                "c1",
                "vc-1",
                "erp1.local",
                "erp",
                "efi"
              },
              {},
              {
                "erp2",
                "poweredOff",
                "2",
                "4096",
                "",
                "vm-2",
                "esx1",
                "c1",
                "vc-1",
                "",
                "erp",
                "bios"
              }
            },
            new String[][] {
              {
                "VM",
                "Disk",
                "Capacity MiB",
                "Raw",
                "Disk Mode",
                "Sharing mode",
                "Thin",
                "Controller",
                "Path",
                "VM ID",
                "VI SDK UUID"
              },
              {
                "erp1",
                "Hard disk 1",
                "102400",
                "False",
                "persistent",
                "sharingNone",
                "True",
                "VMware paravirtual SCSI",
                "[ds1] erp1/erp1.vmdk",
                "vm-1",
                "vc-1"
              },
              {
                "erp2",
                "Hard disk 1",
                "0",
                "False",
                "independent_persistent",
                "sharingNone",
                "True",
                "IDE 0",
                "[ds1] erp2/erp2.vmdk",
                "vm-2",
                "vc-1"
              }
            });

    RvTools.Imported imported = RvTools.read(List.of(file));

    assertThat(imported.rows()).isEqualTo(2);
    assertThat(imported.vms()).extracting(Inventory.Vm::name).containsExactly("erp1", "erp2");
    Inventory.Vm erp1 = imported.vms().getFirst();
    assertThat(erp1.capacityBytes()).isEqualTo(100L << 30);
    assertThat(imported.usedBytes().get(erp1.vm())).isEqualTo(40L << 30);
    assertThat(erp1.attributes()).containsEntry("app", "erp");
    assertThat(erp1.disks().getFirst().datastore()).isEqualTo("ds1");
    assertThat(erp1.disks().getFirst().controller()).isEqualTo("pvscsi");
    assertThat(imported.vms().getLast().disks().getFirst().independent()).isTrue();
  }

  @Test
  void anOldCsvOfAnotherCountryIsRead() throws IOException {
    Path info = folder.resolve("RVTools_tabvInfo.csv");
    Files.writeString(
        info,
        "VM;Powerstate;CPUs;Memory;Provisioned MB;In Use MB;VM ID;Host\r\n"
            + "\r\nbüro;poweredOn;2;4.096;1.024.000,5;512.000,0;vm-7;esx1\r\n",
        Charset.forName("windows-1252"));

    RvTools.Imported imported = RvTools.read(List.of(info));

    Inventory.Vm vm = imported.vms().getFirst();
    assertThat(vm.name()).isEqualTo("büro");
    assertThat(vm.compute().memoryMiB()).isEqualTo(4096);
    assertThat(vm.capacityBytes()).isEqualTo((long) (1_024_000.5 * (1 << 20)));
    assertThat(imported.usedBytes().get(vm.vm())).isEqualTo(512_000L << 20);
    assertThat(imported.refused()).anyMatch(r -> r.what().contains("disks are guessed"));
  }

  @Test
  void oneMarkBeforeThreeDigitsOfAWholeNumberGroupsThousands() throws IOException {
    Path info = folder.resolve("RVTools_tabvInfo.csv");
    Files.writeString(
        info,
        "VM;Powerstate;CPUs;Memory;In Use MiB;VM ID;Host\n"
            + "a;poweredOn;2;4.096;40.960;vm-7;esx1\nb;poweredOn;2;4096;40,960;vm-8;esx1\n");
    Path disks = folder.resolve("RVTools_tabvDisk.csv");
    Files.writeString(
        disks,
        "VM;Disk;Capacity MiB;VM ID;Path\n"
            + "a;Hard disk 1;102.400;vm-7;[ds] a/a.vmdk\n"
            + "b;Hard disk 1;102400;vm-8;[ds] b/b.vmdk\n");

    RvTools.Imported imported = RvTools.read(List.of(info, disks));

    for (Inventory.Vm vm : imported.vms()) {
      assertThat(vm.compute().memoryMiB()).isEqualTo(4096);
      assertThat(vm.capacityBytes()).isEqualTo(100L << 30);
      assertThat(imported.usedBytes().get(vm.vm())).isEqualTo(40L << 30);
    }
  }

  @Test
  void duplicatesAndRowsWithFaultsAreRefusedWithTheirRow() throws IOException {
    Path file =
        xlsx(
            new String[][] {
              {"VM", "Powerstate", "CPUs", "Memory", "VM ID"},
              {"a", "poweredOn", "2", "1024", "vm-1"},
              {"b", "poweredOn", "2", "1024", "vm-1"},
              {"", "poweredOn", "2", "1024", "vm-3"},
              {"c", "poweredOn", "two", "-1", "vm-4"},
              {"d", "poweredOn", "-4", "1024", "vm-5"},
              {"e", "poweredOn", "4", "1024", "vm-6"},
              {"x".repeat(10_000), "poweredOn", "2", "1024", "vm-7"}
            },
            new String[][] {
              {"VM", "Disk", "Capacity MiB", "VM ID"},
              {"a", "d", "10", "vm-1"},
              {"e", "d", "-5", "vm-6"},
              {"e", "d2", "1e300", "vm-6"}
            });

    RvTools.Imported imported = RvTools.read(List.of(file));

    List<Refused> lost = imported.refused().stream().filter(Refused::machine).toList();
    assertThat(imported.vms().size() + lost.size()).isEqualTo(imported.rows()).isEqualTo(7);
    assertThat(lost).extracting(Refused::row).containsExactly(3, 4, 5, 6, 7);
    assertThat(lost.getFirst().what()).contains("row 2").contains("the first one counts");
    assertThat(lost.get(2).what())
        .startsWith("c: ")
        .contains("CPUs is no number: 'two'")
        .contains("Memory must be a number from 0 to 1099511627776, but is '-1'");
    assertThat(lost.get(3).what()).contains("CPUs must be a number from 0 to 100000, but is '-4'");
    assertThat(lost.get(4).what())
        .contains("the capacity of d (vDisk, row 3) must be")
        .contains("the capacity of d2 (vDisk, row 4) must be");
    assertThat(imported.vms().getLast().name()).hasSize(10_000);
  }

  @Test
  void sixtyFourDisksAreSixtyFourDisks() throws IOException {
    String[][] disks = new String[65][];
    disks[0] = new String[] {"VM", "Disk", "Capacity MiB", "VM ID", "Path"};
    for (int i = 1; i <= 64; i++) {
      disks[i] = new String[] {"a", "Hard disk " + i, "1024", "vm-1", "[ds] a/a_" + i + ".vmdk"};
    }

    RvTools.Imported imported =
        RvTools.read(List.of(xlsx(new String[][] {{"VM", "VM ID"}, {"a", "vm-1"}}, disks)));

    assertThat(imported.vms().getFirst().disks()).hasSize(64);
  }

  @Test
  void whatIsNoExportSaysSo() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.csv"), "a,b\n1,2\n");
    Path broken = Files.write(folder.resolve("x.xlsx"), new byte[] {'P', 'K', 3, 4, 0, 0});
    Path old =
        Files.write(
            folder.resolve("x.xls"), new byte[] {(byte) 0xD0, (byte) 0xCF, 0x11, (byte) 0xE0});

    assertThatThrownBy(() -> RvTools.read(List.of(text)))
        .isInstanceOf(NotReadable.class)
        .hasMessageContaining("notes.csv is no RVTools export");
    assertThatThrownBy(() -> RvTools.read(List.of(broken))).isInstanceOf(NotReadable.class);
    assertThatThrownBy(() -> RvTools.read(List.of(old))).hasMessageContaining("old Excel file");
    assertThatThrownBy(() -> RvTools.read(List.of(folder.resolve("none"))))
        .hasMessageContaining("There is no file");
  }

  @Test
  void numbersOfAllCountriesAreRead() {
    assertThat(Sheet.number("1.234.567")).isEqualTo(1_234_567);
    assertThat(Sheet.number("1,234,567.5")).isEqualTo(1_234_567.5);
    assertThat(Sheet.number("1.234,5")).isEqualTo(1234.5);
    assertThat(Sheet.number("1 234")).isEqualTo(1234);
    assertThat(Sheet.number("1'234")).isEqualTo(1234);
    assertThat(Sheet.number("12,5")).isEqualTo(12.5);
    assertThatThrownBy(() -> Sheet.number("many")).isInstanceOf(NumberFormatException.class);
  }

  @Test
  void calendarsAreReadRowByRow() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.csv"),
            """
            calendar,kind,zone,days,from,to,begin,end,why
            prod,weekly,Europe/Berlin,sat-sun,20:00,06:00,,,
            prod,blackout,Europe/Berlin,,,,2026-12-18T00:00,2027-01-04T00:00,year end
            prod,weekly,Europe/Nowhere,sat,20:00,06:00,,,
            prod,weekly,UTC,someday,20:00,06:00,,,
            """,
            StandardCharsets.UTF_8);

    var read = SayingTables.calendars(file);

    assertThat(read.rows()).hasSize(2);
    assertThat(read.rows().getFirst().days()).hasSize(2);
    assertThat(read.refused()).extracting(Refused::row).containsExactly(4, 5);
    assertThat(read.refused().getFirst().what()).contains("no time zone 'Europe/Nowhere'");
  }

  /** Columns as NetFlow, vRNI and ServiceNow exports name them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "srcaddr,dstaddr,dOctets        | 10.0.0.1,10.0.0.2,4096     | 4096",
        "src_ip,dst_ip,bytes            | 10.0.0.1,10.0.0.2,1.5      | 1.5",
        "Source VM,Destination VM,Sum(Bytes) | 10.0.0.1,10.0.0.2,1e6 | 1000000",
        "Source IP Address,Destination IP Address,Byte Count | 10.0.0.1,10.0.0.2,7 | 7",
        "Parent,Child,Type              | 10.0.0.1,10.0.0.2,Depends on | 1"
      })
  void flowsOfSeveralProductsAreRead(String heads, String row, double bytes) throws IOException {
    Path file = csv("flows.csv", heads + "\n" + row + "\n" + ",10.0.0.2,1\n");

    var read = SayingTables.flows(file);

    assertThat(read.rows()).hasSize(1);
    assertThat(read.rows().getFirst().from()).isEqualTo("10.0.0.1");
    assertThat(read.rows().getFirst().to()).isEqualTo("10.0.0.2");
    assertThat(read.rows().getFirst().bytes()).isEqualTo(bytes);
    assertThat(read.rows().getFirst().source()).isEqualTo("flow of flows.csv, row 2");
    assertThat(read.refused())
        .extracting(Refused::toString)
        .containsExactly("flows.csv, flows, row 3: it names no source or no destination");
  }

  @Test
  void everyFaultOfARowIsTold() throws IOException {
    Path windows =
        csv("c.csv", "calendar,kind,zone,days,from,to\nprod,weekly,Mars,someday,26:00,\n");
    Path said =
        csv("s.csv", "vm,stage,criticality,splittable\na,prodd,9,maybe\nb,prod,2,yes\n,test,,\n");

    var calendars = SayingTables.calendars(windows);
    var statements =
        SayingTables.statements(
            said, "prod"::equals, word -> word.equals("2") ? 2 : 0, java.util.Set.of());

    assertThat(calendars.rows()).isEmpty();
    assertThat(calendars.refused())
        .allMatch(r -> r.row() == 2)
        .extracting(Refused::what)
        .containsExactly(
            "there is no time zone 'Mars'; write one like Europe/Berlin",
            "'SOMEDAY' is no day of the week (mon … sun)",
            "from is no time of day: '26:00'; write one like 22:00",
            "the column to is empty");
    assertThat(statements.rows()).hasSize(1);
    assertThat(statements.refused())
        .filteredOn(r -> r.row() == 2)
        .extracting(Refused::what)
        .containsExactly(
            "there is no stage 'prodd'; write pilot, dev, test or prod",
            "splittable must be yes or no, but is 'maybe'",
            "criticality must be 1 (least) to 5, or low, medium, high, critical, but is '9'");
  }

  @ParameterizedTest
  @CsvSource({
    "Microsoft Windows Server 2012 (64-bit),windows8Server64Guest",
    "Microsoft Windows Server 2016 or later (64-bit),windows9Server64Guest",
    "Microsoft Windows Server 2019 (64-bit),windows2019srv_64Guest",
    "Microsoft Windows Server 2022 (64-bit),windows2019srvNext_64Guest",
    "Microsoft Windows Server 2025 (64-bit),windows2022srvNext_64Guest",
    "Microsoft Windows 10 (64-bit),windows9_64Guest",
    "Microsoft Windows 7 (32-bit),windows7Guest",
    "Red Hat Enterprise Linux 9 (64-bit),rhel9_64Guest",
    "Red Hat Enterprise Linux 6 (32-bit),rhel6Guest",
    "Red Hat Fedora (64-bit),fedora64Guest",
    "SUSE openSUSE (64-bit),opensuse64Guest",
    "SUSE Linux Enterprise 15 (64-bit),sles15_64Guest",
    "CentOS 4/5 or later (64-bit),centos64Guest",
    "CentOS 8 (64-bit),centos8_64Guest",
    "Oracle Linux 8 (64-bit),oracleLinux8_64Guest",
    "Debian GNU/Linux 12 (64-bit),debian12_64Guest",
    "AlmaLinux (64-bit),almalinux_64Guest"
  })
  void theNameOfASystemBecomesItsId(String name, String id) {
    assertThat(Systems.guestId(name)).isEqualTo(id);
  }

  @Test
  void sheetsAreJoinedByUuidAndByName() throws IOException {
    Path info =
        csv(
            "d2_tabvInfo.csv",
            """
            VM,Powerstate,CPUs,Memory,VM UUID,Host,VI SDK UUID
            a,poweredOn,2,1024,u-1,esx1,vc
            b,poweredOn,2,1024,u-2,esx1,vc
            """);
    Path disks =
        csv(
            "d2_tabvDisk.csv",
            """
            VM,Disk,Capacity MiB,Path,VM UUID
            a,Hard disk 1,1024,[ds] a/a.vmdk,u-1
            a,Hard disk 2,1024,[ds] a/b.vmdk,u-1
            b,Hard disk 1,1024,[ds] b/b.vmdk,
            """);
    Path tools =
        csv("d2_tabvTools.csv", "VM,Tools,VM UUID\na,toolsOk,u-1\nb,toolsNotRunning,u-2\n");

    RvTools.Imported imported = RvTools.read(List.of(info, disks, tools));

    assertThat(imported.vms()).extracting(vm -> vm.disks().size()).containsExactly(2, 1);
    assertThat(imported.vms())
        .extracting(vm -> vm.guest().toolsRunning())
        .containsExactly(true, false);
    assertThat(imported.refused()).noneMatch(r -> r.sheet().equals("vDisk"));
  }

  @Test
  void aRowThatJoinsNoMachineOrSeveralIsTold() throws IOException {
    Path info =
        csv("RVTools_tabvInfo.csv", "VM,VM ID,Host\na,vm-1,esx1\nb,vm-2,esx1\nb,vm-3,esx2\n");
    Path disks =
        csv(
            "RVTools_tabvDisk.csv",
            """
            VM,Disk,Capacity MiB,VM ID
            nobody,Hard disk 1,1024,
            b,Hard disk 1,1024,
            a,Hard disk 1,1024,vm-1
            """);

    RvTools.Imported imported = RvTools.read(List.of(info, disks));

    assertThat(imported.refused())
        .extracting(Refused::toString)
        .contains(
            "RVTools_tabvDisk.csv, vDisk, row 2: there is no such machine in vInfo: nobody",
            "RVTools_tabvDisk.csv, vDisk, row 3: there are 2 machines b in vInfo: only a column VM"
                + " ID or VM UUID in both sheets tells which");
    assertThat(imported.vms().getFirst().disks()).hasSize(1);
  }

  @Test
  void twoVCentersWithTheSameIdsAreKeptApart() throws IOException {
    Path file =
        xlsx(
            new String[][] {
              {"VM", "VM ID", "VI SDK UUID"}, {"a", "vm-1", "vc-1"}, {"b", "vm-1", "vc-2"}
            },
            new String[][] {
              {"VM", "Disk", "Capacity MiB", "VM ID", "VI SDK UUID"},
              {"b", "d", "10", "vm-1", "vc-2"}
            });

    RvTools.Imported imported = RvTools.read(List.of(file));

    assertThat(imported.vms()).extracting(vm -> vm.disks().size()).containsExactly(0, 1);
  }

  @Test
  void aTabOfNoKnownNameIsTold() throws IOException {
    Path info = csv("RVTools_tabvInfo.csv", "VM,VM ID\na,vm-1\n");
    Path disks = csv("disks-of-site-2.csv", "VM,Disk,Capacity MiB,VM ID\na,d,10,vm-1\n");

    RvTools.Imported imported = RvTools.read(List.of(info, disks));

    assertThat(imported.refused())
        .extracting(Refused::toString)
        .anyMatch(told ->
            told.startsWith("disks-of-site-2.csv: it is no tab that is read")
                && told.endsWith("RVTools_tabvDisk.csv is vDisk"));
  }

  @Test
  void theSameTabTwiceIsRefused() throws IOException {
    Path one = csv("d1_tabvInfo.csv", "VM,VM ID\na,vm-1\n");
    Path two = csv("d1_tabvInfo.txt", "VM,VM ID\nb,vm-2\n");

    assertThatThrownBy(() -> RvTools.read(List.of(one, two)))
        .isInstanceOf(NotReadable.class)
        .hasMessageContaining("d1_tabvInfo.txt and d1_tabvInfo.csv are the same tab of one export");
  }

  private static final String INFO = "VM,VM ID,VI SDK UUID\n";
  private static final String DISK = "VM,Disk,Capacity MiB,VM ID,Path\n";

  @Test
  void csvExportsOfSeveralVCentersAreToldApartByTheBeginningOfTheirNames() throws IOException {
    List<Path> files =
        List.of(
            csv("a_tabvDisk.csv", DISK + "x,d,10,vm-1,[ds] x/x.vmdk\n"),
            csv("a_tabvInfo.csv", INFO + "x,vm-1,vc-a\n"),
            csv("b_tabvInfo.csv", INFO + "y,vm-1,vc-b\nz,vm-1,vc-b\n"),
            csv("b_tabvDisk.csv", DISK + "y,d,20,vm-1,[ds] y/y.vmdk\ny,e,30,vm-1,[ds] y/z.vmdk\n"));

    RvTools.Imported imported = RvTools.read(files);

    assertThat(imported.rows()).isEqualTo(3);
    assertThat(imported.vms())
        .extracting(vm -> vm.vm() + " " + vm.name() + " " + (vm.capacityBytes() >> 20))
        .containsExactly("vc-a/vm-1 x 10", "vc-b/vm-1 y 50");
    assertThat(imported.refused())
        .filteredOn(Refused::machine)
        .extracting(Refused::toString)
        .containsExactly(
            "b_tabvInfo.csv, vInfo, row 3: z has the id of the machine in b_tabvInfo.csv, row"
                + " 2: the first one counts");
  }

  @Test
  void foldersOfCsvAreAnExportEachAndTheirTabsThatAreNotReadArePassedOver() throws IOException {
    for (String site : List.of("north", "south")) {
      Path exported = Files.createDirectories(folder.resolve("all/" + site));
      Files.writeString(exported.resolve("RVTools_tabvInfo.csv"), "VM,VM ID\n" + site + ",vm-1\n");
      Files.writeString(
          exported.resolve("RVTools_tabvDisk.csv"), DISK + site + ",d,10,vm-1,[ds] a.vmdk\n");
      Files.writeString(exported.resolve("RVTools_tabvHost.csv"), "Host,CPU\nesx1,2\n");
    }

    RvTools.Imported imported = RvTools.read(List.of(folder.resolve("all")));

    // Nothing says which vCenter they are of, so that one id is one machine.
    assertThat(imported.vms()).extracting(Inventory.Vm::name).containsExactly("north");
    assertThat(imported.refused())
        .filteredOn(Refused::machine)
        .extracting(Refused::toString)
        .containsExactly(
            "south/RVTools_tabvInfo.csv, vInfo, row 2: south has the id of the machine in"
                + " north/RVTools_tabvInfo.csv, row 2: the first one counts (only a column VI SDK"
                + " UUID or VI SDK Server tells two vCenters apart)");
    assertThat(imported.refused()).noneMatch(r -> r.file().contains("vHost"));
  }

  @Test
  void aTabThatCouldBeOfSeveralExportsIsRefused() throws IOException {
    List<Path> files =
        List.of(
            csv("a_tabvInfo.csv", INFO + "x,vm-1,vc-a\n"),
            csv("b_tabvInfo.csv", INFO + "y,vm-1,vc-b\n"),
            csv("c_tabvDisk.csv", DISK + "y,d,20,vm-1,[ds] y/y.vmdk\n"));

    assertThatThrownBy(() -> RvTools.read(files))
        .isInstanceOf(NotReadable.class)
        .hasMessageContaining("c_tabvDisk.csv could be of any of 2 exports");
  }

  @Test
  void withoutTheTabOfToolsItIsNotKnownWhetherTheyRun() throws IOException {
    Path info =
        csv(
            "RVTools_tabvInfo.csv",
            "VM,VM ID,Powerstate,DNS Name\na,vm-1,poweredOn,\nb,vm-2,poweredOn,b.local\n");

    RvTools.Imported imported = RvTools.read(List.of(info));

    assertThat(imported.refused())
        .anyMatch(r -> r.sheet().equals("vTools") && r.what().startsWith("the sheet is missing"));
    assertThat(imported.vms().getFirst().attributes()).containsEntry("VMware Tools", "unknown");
    assertThat(imported.vms().getLast().guest().toolsRunning()).isTrue();
    assertThat(imported.vms().getLast().attributes()).doesNotContainKey("VMware Tools");
  }

  private Path csv(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path xlsx(String[][] info, String[][] disks) throws IOException {
    Path file = folder.resolve("export.xlsx");
    try (OutputStream out = Files.newOutputStream(file);
        var workbook = new Workbook(out, "test", "1.0")) {
      sheet(workbook, "vInfo", info);
      sheet(workbook, "vDisk", disks);
    }
    return file;
  }

  private static void sheet(Workbook workbook, String name, String[][] rows) {
    var sheet = workbook.newWorksheet(name);
    for (int r = 0; r < rows.length; r++) {
      for (int c = 0; c < rows[r].length; c++) {
        sheet.value(r, c, rows[r][c]);
      }
    }
  }
}
