// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.app.cli.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Assessment and plan out of an export alone: no vCenter, no Kafka, no cluster. */
class PlanFromFilesTest {
  @TempDir private Path folder;
  private Path info = Path.of("");
  private Path disks = Path.of("");

  @BeforeEach
  void anExport() throws IOException {
    info = folder.resolve("RVTools_tabvInfo.csv");
    Files.writeString(
        info,
        """
        VM,Powerstate,CPUs,Memory,In Use MiB,VM ID,Host,Cluster,DNS Name,app,environment,dependsOn
        db1,poweredOn,4,8192,51200,vm-1,esx1,c1,db1,erp,prod,
        web1,poweredOn,2,4096,20480,vm-2,esx2,c1,web1,shop,prod,db1
        raw1,poweredOn,2,4096,20480,vm-3,esx2,c1,raw1,raw,dev,
        """);
    disks = folder.resolve("RVTools_tabvDisk.csv");
    Files.writeString(
        disks,
        """
        VM,Disk,Capacity MiB,Raw,Path,VM ID
        db1,Hard disk 1,102400,False,[ds1] db1/db1.vmdk,vm-1
        web1,Hard disk 1,40960,False,[ds1] web1/web1.vmdk,vm-2
        raw1,Hard disk 1,40960,True,[ds1] raw1/raw1.vmdk,vm-3
        """);
  }

  @Test
  void anExportBecomesAPageASpreadsheetAndCsv() throws IOException {
    Path page = folder.resolve("plan.html");
    Path sheet = folder.resolve("plan.xlsx");

    int exit =
        run(
            "from-file",
            "--html",
            page.toString(),
            "--xlsx",
            sheet.toString(),
            "--csv",
            folder.resolve("csv").toString());

    assertThat(exit).isEqualTo(Exit.OK);
    assertThat(Files.readString(page))
        .contains("2 machines in")
        .contains("raw1")
        .contains("raw device mapping");
    assertThat(Files.readString(folder.resolve("csv/machines.csv")))
        .contains("db1")
        .contains("web1")
        .doesNotContain("raw1");
    assertThat(run("import", sheet.toString())).isEqualTo(Exit.OK);
  }

  @Test
  void anEditedPlanThatTurnsAnOrderRoundIsRefused() throws IOException {
    Path csv = folder.resolve("csv");
    run("from-file", "--csv", csv.toString());
    Path machines = csv.resolve("machines.csv");
    String text = Files.readString(machines);
    // web1 comes after db1: it is put before everything.
    Files.writeString(
        machines,
        text.lines()
            .map(line ->
                line.contains(",web1,")
                    ? line.replaceAll(
                        "2026-09-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", "2026-09-07T06:00:00Z")
                    : line)
            .reduce("", (a, b) -> a + b + "\r\n"));

    int exit = run("import", machines.toString());

    assertThat(exit).isEqualTo(Exit.REFUSED);
  }

  @Test
  void whatIfTouchesNothingAndAssessNeedsNoPlan() {
    assertThat(run("what-if", "--add-host", "c1")).isEqualTo(Exit.OK);
    assertThat(run("what-if", "--add-host", "nowhere")).isEqualTo(Exit.USAGE);
    assertThat(Drover.run("assess", "--rvtools", info.toString(), "--rvtools", disks.toString()))
        .isEqualTo(Exit.OK);
  }

  @Test
  void aFileThatIsNoExportIsNamed() throws IOException {
    Path other = Files.writeString(folder.resolve("notes.csv"), "a,b\n1,2\n");

    assertThat(Drover.run("plan", "from-file", "--rvtools", other.toString()))
        .isEqualTo(Exit.CONFIGURATION);
    assertThat(Drover.run("plan", "from-file")).isEqualTo(Exit.USAGE);
  }

  private int run(String command, String... options) {
    var all = new java.util.ArrayList<>(java.util.List.of("plan", command));
    all.addAll(
        java.util.List.of(
            "--rvtools",
            info.toString(),
            "--rvtools",
            disks.toString(),
            "--start",
            "2026-09-07T06:00:00Z",
            "--steps",
            "500"));
    all.addAll(java.util.List.of(options));
    return Drover.run(all.toArray(String[]::new));
  }
}
