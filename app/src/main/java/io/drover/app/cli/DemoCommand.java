// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.Roles;
import io.drover.app.Running;
import io.drover.app.config.DroverConfig;
import io.drover.lab.LabStack;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.runtime.config.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover demo}: a herd moves, one VM fails its health check and comes back. */
@Command(
    name = "demo",
    description = {
      "Run everything on embedded defaults: a lab vCenter of more than 40 VMs, Kafka, a lab"
          + " cluster, all services.",
      "Plans waves, moves wave 1 with real disks, lets one VM fail its health check and rolls it"
          + " back, commits the others."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final String PLAN = "demo";
  private static final String WAVE = PLAN + "/1";

  /** Wave 1: RHEL 9, Windows Server and a legacy BIOS VM, of three applications. */
  private static final List<String> FIRST =
      List.of(
          "shop-cache-01",
          "shop-queue-01",
          "shop-web-01",
          "shop-web-02",
          "ledger-web-01",
          "ledger-rpt-01",
          "fleet-gate-01",
          "fleet-gps-01");

  /** The one whose guest agent never connects at the target. */
  private static final String SICK = "shop-web-02";

  /** How long it may take to stop it all in order. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(names = "--keep", description = "Leave it running at the end, for the browser.")
  private boolean keep;

  @Option(
      names = "--port",
      defaultValue = "0",
      description = "Port of the console (default: a free one).")
  private int port;

  @Option(
      names = "--report",
      paramLabel = "FOLDER",
      defaultValue = "drover-report",
      description = "Where the report goes as HTML and JSON (default: drover-report).")
  private Path report = Path.of("drover-report");

  private final PrintStream out = System.out;
  private final long begun = System.nanoTime();

  @Override
  public Integer call() throws Exception {
    Path log = reports().resolve("drover.log");
    Path folder = Workshop.scratch();
    Thread self = Thread.currentThread();
    // Ctrl-C ends it as its own end does: nothing of it runs on, and nothing is left in /tmp.
    try (var _ =
        new Interruption(
            PATIENCE,
            () -> {
              out.println("\nStopping all of it; this takes some seconds.");
              self.interrupt();
            })) {
      return moved(log, folder);
    }
  }

  private int moved(Path log, Path folder) throws Exception {
    try (var _ = new LogFile(log);
        LabStack lab = lab(folder);
        Running running = services(lab, folder)) {
      running.awaitCaughtUp();
      var console = new ConsoleClient(URI.create(running.url()), running.token());
      out.println();
      out.println("  Watch it here: " + running.url() + "/#token=" + running.token());
      out.println("  What the services say goes to " + log);
      out.println();
      inventory(console, lab);
      plan(console);
      lab.cluster()
          .faults()
          .add(Fault.on(Fault.What.AGENT_NEVER_CONNECTS, LabStack.NAMESPACE, SICK));
      move(console);
      int code = judge(console, lab);
      if (keep) {
        out.println(
            "\nStill running at "
                + running.url()
                + "/#token="
                + running.token()
                + "; Ctrl-C stops.");
        untilStopped();
      }
      return code;
    } catch (InterruptedException e) {
      throw new Failure(Exit.INTERRUPTED, "The demo was ended before its end.");
    } finally {
      Workshop.remove(folder);
    }
  }

  /** Ctrl-C is how this is meant to end: then the demo is over, and not ended before its end. */
  private static void untilStopped() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      // Not interrupted any more: what runs is stopped in order now.
    }
  }

  /**
   * Made before anything is started: who cannot write there hears it now and not at the end. The
   * report of an earlier demo goes, so that it is not taken for this one's.
   */
  private Path reports() {
    try {
      Files.createDirectories(report);
      Files.deleteIfExists(Files.createTempFile(report, "drover", ".log"));
      Files.deleteIfExists(report.resolve("report.json"));
      Files.deleteIfExists(report.resolve("report.html"));
      return report;
    } catch (IOException e) {
      throw new Failure(
          Exit.CONFIGURATION,
          "The report cannot be written into "
              + report.toAbsolutePath()
              + ": name another folder by --report");
    }
  }

  private LabStack lab(Path folder) throws Exception {
    step("Starting the lab: Kafka, a vCenter, a cluster");
    return LabStack.start(folder, Workshop.workerCommand());
  }

  private Running services(LabStack lab, Path folder) throws Exception {
    step("Starting the services: ingest, planner, converter, executor, console");
    // Where the other commands look for a console, if it stays.
    Path state =
        keep ? Path.of(System.getProperty("user.home"), ".drover") : folder.resolve("state");
    Path config = lab.writeConfiguration(state, port);
    return Running.start(Settings.read(config, DroverConfig.class), EnumSet.allOf(Roles.class));
  }

  private void inventory(ConsoleClient console, LabStack lab) throws InterruptedException {
    int all = lab.estate().vms().size();
    await(
        () -> console.get("/api/v1/inventory?kind=vm").size() >= all,
        "the inventory of " + all + " VMs");
    await(
        () -> console.get("/api/v1/inventory?kind=storageclass").size() > 0,
        "the inventory of the cluster");
    step("Inventoried " + all + " VMs of " + lab.vcenter().url());
  }

  private void plan(ConsoleClient console) throws InterruptedException {
    Map<String, Object> overrides = new LinkedHashMap<>();
    for (String vm : FIRST) {
      overrides.put(vm, Map.of("wave", 1, "networks", Map.of(), "probes", List.of()));
    }
    console.post(
        "/api/v1/plans/" + PLAN, Map.of("waveSize", 8, "settings", Map.of("overrides", overrides)));
    await(() -> console.get("/api/v1/plans/" + PLAN).has("proposal"), "a proposal");
    await(() -> console.get("/api/v1/waves").size() > 0, "the waves");
    JsonNode plan = console.get("/api/v1/plans/" + PLAN);
    JsonNode proposal = plan.path("proposal");
    step(
        "Planned "
            + proposal.path("waves").size()
            + " waves; left out: "
            + names(proposal.path("left")));
    Map<String, Object> version = PlanCommand.version(plan);
    console.post("/api/v1/waves/" + WAVE + "/approve", version);
    console.post("/api/v1/waves/" + WAVE + "/start", version);
    step("Wave 1 approved and started; " + SICK + " will fail its health check");
    out.println();
  }

  private static String names(JsonNode vms) {
    var names = new java.util.TreeSet<String>();
    vms.forEach(vm -> names.add(vm.path("name").asText()));
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  /** Until every VM soaks or is over, then commits what soaks. */
  private void move(ConsoleClient console) throws InterruptedException {
    var watch = new WaveWatch(console, out);
    watch.untilQuiet(WAVE, FIRST.size());
    if (Thread.interrupted()) {
      throw new InterruptedException("Ended while the wave moved");
    }
    out.println();
    step("Committing what soaks");
    console.post("/api/v1/waves/" + WAVE + "/commit", Map.of());
    new WaveWatch(console, out).until(WAVE);
  }

  private int judge(ConsoleClient console, LabStack lab) throws Exception {
    JsonNode document = console.get("/api/v1/report?wave=" + WAVE);
    out.println();
    ReportCommand.table(document, columns()).print(out);
    Files.writeString(report.resolve("report.json"), Output.json(document));
    Files.writeString(
        report.resolve("report.html"), console.text("/api/v1/report.html?wave=" + WAVE));
    long committed = 0;
    boolean equal = true;
    boolean sickIsBack = false;
    for (JsonNode row : document.path("rows")) {
      boolean sick = row.path("name").asText().equals(SICK);
      committed += row.path("result").asText().equals("COMMITTED") ? 1 : 0;
      equal &= row.path("proof").asText().equals("both");
      sickIsBack |=
          sick
              && row.path("result").asText().equals("ROLLED_BACK")
              && lab.estate().vm(SICK).poweredOn();
    }
    boolean well = committed == FIRST.size() - 1 && equal && sickIsBack;
    out.println();
    say(
        String.format(
            Locale.ROOT,
            "%d of %d VMs committed, digests %s, %s is %s; %.0f s in all. Report: %s",
            committed,
            FIRST.size(),
            equal ? "equal on both sides" : "NOT ALL EQUAL",
            SICK,
            sickIsBack ? "rolled back and running at its source" : "NOT BACK AT ITS SOURCE",
            (System.nanoTime() - begun) / 1e9,
            report.resolve("report.html")));
    return well ? Exit.OK : Exit.NOT_WELL;
  }

  private void step(String text) {
    String head = String.format(Locale.ROOT, "%5.1f s  ", (System.nanoTime() - begun) / 1e9);
    String indent = " ".repeat(head.length());
    String before = head;
    for (String line : new Screen(columns() - head.length(), 0).wrap(text)) {
      out.println(before + line);
      before = indent;
    }
  }

  /** Says it in lines of the terminal that end between words; in one where nobody watches. */
  private void say(String text) {
    new Screen(columns(), 0).wrap(text).forEach(out::println);
  }

  private static int columns() {
    return Screen.watched() ? Screen.now().columns() : Integer.MAX_VALUE;
  }

  private static void await(java.util.function.BooleanSupplier condition, String what)
      throws InterruptedException {
    long end = System.nanoTime() + 60_000_000_000L;
    while (System.nanoTime() < end) {
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } catch (Failure notYet) {
        if (notYet.code() != Exit.REFUSED) {
          throw notYet;
        }
      }
      Thread.sleep(100);
    }
    throw new Failure(
        Exit.NOT_WELL,
        "The demo waited a minute for " + what + " in vain; look at the lines above.");
  }
}
