// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.app.cli.Exit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  void aNameThatWasChangedInTheTableIsToldAndNoneIsPrintedInFull() throws IOException {
    String name = "n".repeat(10_000);
    Files.writeString(
        info, name + ",poweredOn,2,4096,,vm-5,esx2,c1,x,odd,prod,\n", StandardOpenOption.APPEND);
    Files.writeString(
        disks, name + ",d,1024,False,[ds1] n/n.vmdk,vm-5\n", StandardOpenOption.APPEND);
    Path csv = folder.resolve("csv");
    run("from-file", "--csv", csv.toString());
    Path machines = csv.resolve("machines.csv");
    String text = Files.readString(machines);

    Said unchanged = said("import", machines.toString());
    Files.writeString(machines, text.replace(",web1,", ",renamed,").replace("2026-", "someday-"));
    Said changed = said("import", machines.toString());

    assertThat(unchanged.err()).doesNotContain("Name:");
    assertThat(unchanged.exit()).isEqualTo(Exit.OK);
    assertThat(changed.exit()).isEqualTo(Exit.REFUSED);
    assertThat(changed.err())
        .containsPattern(
            "Row \\d, Name: a table of a plan changes no name, but 'web1' is 'renamed'")
        .doesNotContain("n".repeat(100));
  }

  @Test
  void whatIfTouchesNothingAndAssessNeedsNoPlan() {
    assertThat(run("what-if", "--add-host", "c1")).isEqualTo(Exit.OK);
    assertThat(run("what-if", "--add-host", "nowhere")).isEqualTo(Exit.USAGE);
    assertThat(Drover.run("assess", "--rvtools", info.toString(), "--rvtools", disks.toString()))
        .isEqualTo(Exit.OK);
  }

  @Test
  void anExportIsKnownByItsLook() throws IOException {
    String export = info.getParent().toString();
    String start = "--start=2026-09-07T06:00:00Z";

    assertThat(Drover.run("assess", export, start)).isEqualTo(Exit.OK);
    assertThat(Drover.run("plan", "from-file", export, start)).isEqualTo(Exit.OK);
    assertThat(Drover.run("plan", "what-if", export, start, "--add-host", "c1")).isEqualTo(Exit.OK);
    Said both = said("assess", "erp");
    Said nothing = said("what-if");
    Said less = said("what-if", "--with-nfc", "-1");
    Said missing = said("from-file", "nowhere.xlsx");

    assertThat(both.exit()).isEqualTo(Exit.USAGE);
    assertThat(both.err()).contains("leave out --rvtools");
    assertThat(nothing.exit()).isEqualTo(Exit.USAGE);
    assertThat(nothing.err()).contains("Say what would be otherwise: --add-host");
    assertThat(less.exit()).isEqualTo(Exit.USAGE);
    assertThat(less.err()).contains("NFC connections of 1 or more, but got -1");
    assertThat(missing.err()).contains("There is no file nowhere.xlsx");
  }

  @Test
  void whatCannotBeReadOrWrittenIsNamed() throws IOException {
    Path settings = Files.writeString(folder.resolve("settings.json"), "{ nope");

    Said unwritable = said("from-file", "--html", folder.resolve("no/plan.html").toString());
    Said missing = said("from-file", "--settings", "nosuch.json");
    Said broken = said("from-file", "--settings", settings.toString());

    assertThat(unwritable.exit()).isEqualTo(Exit.CONFIGURATION);
    assertThat(unwritable.err()).contains("plan.html cannot be written: see that its folder");
    assertThat(missing.exit()).isEqualTo(Exit.CONFIGURATION);
    assertThat(missing.err()).contains("There is no file nosuch.json that can be read");
    assertThat(broken.exit()).isEqualTo(Exit.CONFIGURATION);
    assertThat(broken.err()).contains("settings.json is no JSON file of plan settings");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--pods=",
        "--link=",
        "--ingest=",
        "--storage=",
        "--memory=",
        "--team=dba=",
        "--wave-size=",
        "--disks-per-host=",
        "--snapshots-per-datastore=",
        "--nfc=",
        "--cutovers="
      })
  void aCapacityOfNothingIsRefused(String option) {
    Said nothing = said("from-file", option + "0");

    assertThat(nothing.exit()).isEqualTo(Exit.USAGE);
    assertThat(nothing.err())
        .contains(
            "Expected a number of 1 or more for "
                + option.substring(0, option.length() - 1).replace('=', ' ')
                + ", but got 0.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--with-nfc", "--with-disks-per-host", "--with-cutovers", "--with-link"})
  void whatIfThereWereNoneOfSomethingIsNoQuestion(String option) {
    Said none = said("what-if", option, "0");

    assertThat(none.exit()).isEqualTo(Exit.USAGE);
    assertThat(none.err()).contains("of 1 or more, but got 0.");
  }

  @Test
  void settingsThatCannotBeCarriedOutAreNamed() throws IOException {
    Path settings = Files.writeString(folder.resolve("none.json"), "{\"maxInFlight\": 0}");

    Said none = said("from-file", "--settings", settings.toString());
    Said all = said("from-file", "--window-reserve", "95");
    Files.writeString(settings, "{\"downtimeBudget\": \"PT0S\"}");
    Said hasty = said("from-file", "--settings", settings.toString());
    Files.writeString(settings, "{\"overrides\": {\"db1\": {\"downtimeBudget\": \"PT-1S\"}}}");
    Said one = said("from-file", "--settings", settings.toString());

    assertThat(none.exit()).isEqualTo(Exit.CONFIGURATION);
    assertThat(none.err()).contains("maxInFlight is 0: at least 1 VM must move");
    assertThat(all.exit()).isEqualTo(Exit.CONFIGURATION);
    assertThat(all.err()).contains("windowReserve is 95: it is a share of 0 to 90 percent");
    assertThat(hasty.err()).contains("downtimeBudget is PT0S: the last delta of a warm VM takes");
    assertThat(one.err()).contains("downtimeBudget of db1 is PT-1S: the last delta");
  }

  @Test
  void oneMoreWindowLetsGoWhatHadNone() throws IOException {
    // Five minutes of one Saturday: too short for what db1 needs.
    Path windows =
        Files.writeString(
            folder.resolve("windows.csv"),
            "calendar,kind,zone,begin,end\nprod,once,UTC,2026-09-12T22:00,2026-09-12T22:05\n");
    Path statements = Files.writeString(folder.resolve("said.csv"), "vm,calendar\ndb1,prod\n");
    String[] options = {"--calendars", windows.toString(), "--statements", statements.toString()};

    Said wider =
        said(
            "what-if", with(options, "--window", "prod=2026-09-13T18:00:00Z/2026-09-14T06:00:00Z"));
    Said nowhere =
        said(
            "what-if",
            with(options, "--window", "sunday=2026-09-13T18:00:00Z/2026-09-14T06:00:00Z"));
    Said noTime = said("what-if", with(options, "--window", "prod=tonight/tomorrow"));

    assertThat(wider.exit()).isEqualTo(Exit.OK);
    assertThat(wider.out())
        .containsPattern("machines planned +1 +2")
        .containsPattern("left out +2 +1");
    assertThat(nowhere.exit()).isEqualTo(Exit.USAGE);
    assertThat(nowhere.err()).contains("There is no calendar 'sunday'; there are prod");
    assertThat(noTime.exit()).isEqualTo(Exit.USAGE);
    assertThat(noTime.err()).contains("has no times like 2026-09-12T18:00:00Z");
  }

  private static String[] with(String[] options, String... more) {
    var all = new java.util.ArrayList<>(java.util.List.of(options));
    all.addAll(java.util.List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void whateverIsInAnExportIsPlannedLeftOutOrRefused() throws IOException {
    String name = "n".repeat(10_000);
    Files.writeString(
        info,
        name
            + ",poweredOn,2,4096,,vm-5,esx2,c1,x,odd,prod,\n"
            + "many,poweredOn,2,4096,,vm-6,esx2,c1,many,many,prod,\n"
            + "empty,poweredOn,2,4096,,vm-7,esx2,c1,empty,empty,prod,\n"
            + "twin,poweredOn,2,4096,,vm-7,esx2,c1,twin,twin,prod,\n"
            + ",poweredOn,2,4096,,vm-9,esx2,c1,,,prod,\n",
        StandardOpenOption.APPEND);
    var rows = new StringBuilder(name + ",d,1024,False,[ds1] n/n.vmdk,vm-5\n");
    for (int i = 1; i <= 64; i++) {
      rows.append("many,d" + i + ",1024,False,[ds1] many/" + i + ".vmdk,vm-6\n");
    }
    rows.append("empty,d,0,False,[ds1] empty/e.vmdk,vm-7\n");
    Files.writeString(disks, rows, StandardOpenOption.APPEND);
    Path page = folder.resolve("plan.html");

    Said said = said("from-file", "--html", page.toString());

    assertThat(said.err())
        .contains("8 machines in the export: 4 planned, 2 left out, 2 refused.")
        .contains("row 8: twin has the id of the machine in")
        .contains("row 9: the machine has no name")
        .contains("2 rows of the export refused (above): this plan is made as if");
    assertThat(said.exit()).isEqualTo(Exit.NOT_WELL);
    assertThat(run("assess")).isEqualTo(Exit.NOT_WELL);
    assertThat(run("what-if", "--add-host", "c1")).isEqualTo(Exit.NOT_WELL);
    assertThat(Files.readString(page)).contains("has a capacity of 0 bytes");
    assertThat(said("from-file", "--explain", "mony").err()).contains("Did you mean 'many'?");
  }

  @Test
  void aFileThatIsNoExportIsNamed() throws IOException {
    Path other = Files.writeString(folder.resolve("notes.csv"), "a,b\n1,2\n");

    assertThat(Drover.run("plan", "from-file", "--rvtools", other.toString()))
        .isEqualTo(Exit.CONFIGURATION);
    assertThat(Drover.run("plan", "from-file")).isEqualTo(Exit.USAGE);
  }

  /** A table of one weekly window. */
  private Path windows(String row) throws IOException {
    return Files.writeString(
        folder.resolve("windows.csv"), "calendar,kind,zone,days,from,to\n" + row + "\n");
  }

  @Test
  void refusedRowsOfATableAreCountedAndTheExitCodeSaysSo() throws IOException {
    Path windows = windows("prod,weekly,Mars,someday,22:00,04:00");

    Said said = said("from-file", "--calendars", windows.toString());

    assertThat(said.exit()).isEqualTo(Exit.NOT_WELL);
    assertThat(said.err())
        .contains("windows.csv, windows, row 2: there is no time zone 'Mars'")
        .contains("row 2: 'SOMEDAY' is no day of the week")
        .contains("1 row of calendars, flows, statements or usage refused");
    assertThat(run("what-if", "--add-host", "c1", "--calendars", windows.toString()))
        .isEqualTo(Exit.NOT_WELL);
    assertThat(run("assess", "--calendars", windows.toString())).isEqualTo(Exit.NOT_WELL);
  }

  @Test
  void whatNamesACalendarThatIsNotThereDoesNotCutOverAtAnyTime() throws IOException {
    Path windows = windows("nights,weekly,UTC,sat,22:00,04:00");
    Path statements =
        Files.writeString(
            folder.resolve("said.csv"), "vm,application,calendar\nweb1,,nigths\n,erp,weekend\n");
    String[] tables = {"--calendars", windows.toString(), "--statements", statements.toString()};

    Said said = said("from-file", tables);

    assertThat(said.exit()).isEqualTo(Exit.NOT_WELL);
    assertThat(said.out()).contains("Nothing was planned");
    assertThat(said.err())
        .contains("said.csv, said, row 2: web1 is to cut over in the calendar 'nigths', but there")
        .contains("none of that name, so it is left out. Did you mean 'nights'?")
        .contains("said.csv, said, row 3: application erp is to cut over in the calendar 'weekend'")
        .contains("left out: web1: There is no calendar 'nigths', in whose windows alone it may")
        .contains("0 planned, 3 left out, 0 refused");
    assertThat(Drover.run(with(new String[] {"plan", "propose", "erp"}, tables)))
        .isEqualTo(Exit.REFUSED);
  }

  @Test
  void aCalendarThatNoMachineNamesIsSaid() throws IOException {
    Path windows = windows("prod,weekly,UTC,sat,22:00,04:00");

    Said said = said("from-file", "--calendars", windows.toString());

    assertThat(said.exit()).isEqualTo(Exit.OK);
    assertThat(said.err()).contains("No machine names the calendar 'prod'");
  }

  @Test
  void whyMachinesAreLeftOutIsSaidOnceForAll() throws IOException {
    Files.writeString(
        info,
        "web2,poweredOn,2,4096,20480,vm-4,esx2,c1,web2,erp,prod,\n",
        StandardOpenOption.APPEND);
    Files.writeString(
        disks,
        "web2,Hard disk 1,40960,False,[ds1] web2/web2.vmdk,vm-4\n",
        StandardOpenOption.APPEND);
    Path windows = windows("sat,weekly,UTC,sat,22:00,04:00\nmon,weekly,UTC,mon,22:00,04:00");
    Path statements =
        Files.writeString(
            folder.resolve("said.csv"),
            "vm,application,calendar\ndb1,erp,sat\nweb1,erp,mon\nweb2,erp,sat\n");

    Said said =
        said("from-file", "--calendars", windows.toString(), "--statements", statements.toString());

    assertThat(said.err())
        .contains(
            "drover: left out: db1 and 2 more: web1 may cut over only in calendar 'mon' (said.csv,"
                + " row 3), db1 only in 'sat' (said.csv, row 2), and they move together"
                + " (application erp): no time is in both.")
        .contains("drover: left out: raw1: ");
  }

  @Test
  void aProposalIsNotMadeOfTablesWithRefusedRows() throws IOException {
    Path windows = windows("prod,weekly,Mars,sat,22:00,04:00");

    int exit = Drover.run("plan", "propose", "erp", "--calendars", windows.toString());

    assertThat(exit).isEqualTo(Exit.REFUSED);
  }

  @Test
  void aTestMachineOfAnApplicationInProductionIsTold() throws IOException {
    Path statements =
        Files.writeString(
            folder.resolve("said.csv"),
            "vm,application,stage\nweb1,erp,test\nraw1,,prodd\nnobody,,prod\n");

    Said plan = said("from-file", "--statements", statements.toString());
    Said why = said("from-file", "--statements", statements.toString(), "--explain", "web1");

    assertThat(plan.exit()).isEqualTo(Exit.NOT_WELL);
    assertThat(plan.err())
        .contains("said.csv, said, row 3: there is no stage 'prodd'")
        .contains("said.csv, row 4: there is no machine 'nobody'")
        .contains("web1 (dev/test) goes with production, because it belongs together with db1");
    assertThat(plan.out()).contains("2 machines in 1 wave, done");
    assertThat(why.out())
        .contains("it is dev/test, but what it belongs together with is production");
  }

  @Test
  void anExplanationGivesEveryConcernWithItsRemedy() throws IOException {
    Files.writeString(
        disks,
        """
        VM,Disk,Capacity MiB,Raw,Disk Mode,Path,VM ID
        db1,Hard disk 1,102400,False,,[ds1] db1/db1.vmdk,vm-1
        web1,Hard disk 1,40960,False,,[ds1] web1/web1.vmdk,vm-2
        raw1,Hard disk 1,40960,True,independent_persistent,[ds1] raw1/raw1.vmdk,vm-3
        """);

    Said why = said("from-file", "--explain", "raw1");

    String[] found = why.out().substring(why.out().indexOf("What was found")).split("\\R  - ");
    assertThat(found.length).isGreaterThan(2);
    assertThat(java.util.Arrays.stream(found).skip(1))
        .allMatch(line -> line.contains("What to do: ") || line.contains("Drover's part: "));
  }

  /** What a command left behind. */
  private record Said(int exit, String out, String err) {}

  private Said said(String command, String... options) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    var printed = new ByteArrayOutputStream();
    var told = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
      int exit = run(command, options);
      return new Said(
          exit, printed.toString(StandardCharsets.UTF_8), told.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  private int run(String command, String... options) {
    var all =
        new java.util.ArrayList<>(
            command.equals("assess")
                ? java.util.List.of(command)
                : java.util.List.of("plan", command));
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
