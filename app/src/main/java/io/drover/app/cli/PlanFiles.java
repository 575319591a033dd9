// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.app.config.PlanSection;
import io.drover.ingest.files.NotReadable;
import io.drover.ingest.files.Refused;
import io.drover.ingest.files.RvTools;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Understanding;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.forecast.Rates;
import io.drover.planner.programme.Futures;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Options;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sayings;
import io.drover.schemas.VmKey;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that plan out of files alone: no vCenter, no Kafka, no cluster. */
public final class PlanFiles {
  @Option(
      names = "--rvtools",
      paramLabel = "FILE",
      description =
          "RVTools export: xlsx, csv of tabvInfo, tabvDisk, …, or a folder of them; several times"
              + " for several vCenters.")
  private List<Path> rvtools = new ArrayList<>();

  @Mixin private SayingFiles sayings = new SayingFiles();

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "JSON file with plan settings (storage, networks, way, overrides, …).")
  private @Nullable Path settings;

  @Option(
      names = "--window-reserve",
      paramLabel = "PERCENT",
      description =
          "Percent of each window left free at its end, for what takes longer than forecast"
              + " (default: as the settings say, else 10).")
  private @Nullable Integer windowReserve;

  @Option(
      names = "--wave-size",
      description = "VMs a wave at most where no windows cut it (default: ${DEFAULT-VALUE}).")
  private int waveSize = 150;

  @Option(names = "--seed", description = "Seed of the plan (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(names = "--steps", description = "Search steps (default: by the size of the estate).")
  private long steps;

  @Option(
      names = "--time-limit",
      description = "Seconds after which the search is cut short (default: ${DEFAULT-VALUE}).")
  private int timeLimit = 300;

  @Option(
      names = "--samples",
      description =
          "Courses of events that the forecast draws, 0 for none (default: ${DEFAULT-VALUE}).")
  private int samples = 200;

  @Option(
      names = "--disks-per-host",
      description = "Disks in flight on one ESXi host (default: ${DEFAULT-VALUE}).")
  private int disksPerHost = 8;

  @Option(names = "--snapshots-per-datastore", description = "Default: ${DEFAULT-VALUE}.")
  private int snapshotsPerDatastore = 15;

  @Option(
      names = "--nfc",
      description = "NFC connections of one vCenter (default: ${DEFAULT-VALUE}).")
  private int nfc = 48;

  @Option(
      names = "--cutovers",
      description = "Cutovers that people can watch at once (default: ${DEFAULT-VALUE}).")
  private int cutovers = 10;

  private final List<String> refused = new ArrayList<>();
  private final Set<String> tableRows = new HashSet<>();
  private final Set<String> exportRows = new HashSet<>();
  private int rows;

  /** Whether a word names a file, and no plan of a running Drover. */
  static boolean isFile(String word) {
    return word.contains("/")
        || word.matches("(?i).*\\.(xlsx|xls|csv|zip)")
        || Files.isRegularFile(Path.of(word))
        || isExport(Path.of(word).toFile().list());
  }

  /** Whether a folder of these files is an export; a plan may have the name of any other. */
  private static boolean isExport(String @Nullable [] names) {
    return names != null
        && Arrays.stream(names).anyMatch(name -> name.matches("(?i).*(vinfo\\.csv|\\.xlsx)"));
  }

  /** An export that was named without {@code --rvtools}. */
  void add(Path export) {
    rvtools.add(export);
  }

  /** Whether files were given at all. */
  boolean given() {
    return !rvtools.isEmpty();
  }

  /** Rows that could not be used, in words; complete after {@link #estate}. */
  List<String> refused() {
    return List.copyOf(refused);
  }

  /** Rows of calendars, flows, statements and usage that could not be used. */
  int tableRows() {
    return tableRows.size();
  }

  /** Rows of exports, of any tab, that could not be used. */
  int exportRows() {
    return exportRows.size();
  }

  /** The exit code of a command that did its work with what could be used. */
  int exit() {
    return tableRows.isEmpty() && exportRows.isEmpty() ? Exit.OK : Exit.NOT_WELL;
  }

  /** Rows of machines that came in. */
  int rows() {
    return rows;
  }

  /** Everything in the files. */
  Estate estate() throws IOException {
    if (rvtools.isEmpty()) {
      throw new Failure(Exit.USAGE, "Nothing to plan: give an RVTools export with --rvtools FILE.");
    }
    SayingFiles.atLeast(1, "--wave-size", waveSize);
    SayingFiles.atLeast(0, "--steps", steps);
    SayingFiles.atLeast(0, "--time-limit", timeLimit);
    SayingFiles.atLeast(0, "--samples", samples);
    SayingFiles.atLeast(1, "--disks-per-host", disksPerHost);
    SayingFiles.atLeast(1, "--snapshots-per-datastore", snapshotsPerDatastore);
    SayingFiles.atLeast(1, "--nfc", nfc);
    SayingFiles.atLeast(1, "--cutovers", cutovers);
    try {
      RvTools.Imported imported = RvTools.read(rvtools);
      rows = imported.rows();
      for (Refused each : imported.refused()) {
        refuse(each);
        if (each.row() > 0) {
          exportRows.add(place(each));
        }
      }
      PlanSettings plan = settings();
      var usage = new HashMap<VmKey, Usage>();
      imported.usedBytes().forEach((vm, bytes) -> usage.put(vm, new Usage(bytes, 0, 0, 0)));
      Sayings said =
          sayings.read(row -> {
            refuse(row);
            tableRows.add(place(row));
          });
      Instant begin =
          said.start() != null
              ? said.start()
              : Instant.now().truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS);
      Understanding.Understood understood =
          Understanding.of(
              new Estate(
                  begin,
                  imported.vms(),
                  List.of(),
                  Map.of(),
                  usage,
                  List.of(),
                  Map.of(),
                  Site.DEFAULT.with(
                      new Limits(disksPerHost, snapshotsPerDatastore, nfc, 1_000_000, cutovers, 0)),
                  plan),
              said);
      refused.addAll(understood.unknown());
      return understood.estate();
    } catch (NotReadable e) {
      throw new Failure(Exit.CONFIGURATION, String.valueOf(e.getMessage()));
    }
  }

  private static String place(Refused row) {
    return row.file() + "\n" + row.sheet() + "\n" + row.row();
  }

  private void refuse(Refused row) {
    refused.add(row.toString());
  }

  private PlanSettings settings() {
    try {
      return readSettings();
    } catch (JsonProcessingException e) {
      throw new Failure(
          Exit.CONFIGURATION,
          settings + " is no JSON file of plan settings: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + settings + " that can be read.");
    }
  }

  private PlanSettings readSettings() throws IOException {
    PlanSettings defaults = PlanSection.defaults().settings(true);
    ObjectNode json = Json.mapper().valueToTree(defaults);
    json.put("transfer", "VDDK");
    if (settings != null) {
      var own = Json.mapper().readTree(Files.readAllBytes(settings));
      own.properties()
          .forEach(entry -> {
            if (!json.has(entry.getKey())) {
              throw new Failure(
                  Exit.CONFIGURATION,
                  settings + ": there is no plan setting '" + entry.getKey() + "'.");
            }
            json.set(entry.getKey(), entry.getValue());
          });
    }
    if (windowReserve != null) {
      json.put("windowReserve", windowReserve);
    }
    PlanSettings all = Json.mapper().treeToValue(json, PlanSettings.class);
    String fault = all.fault();
    if (fault != null) {
      throw new Failure(
          Exit.CONFIGURATION, "Expected a plan that can be carried out, but " + fault + ".");
    }
    return all;
  }

  /** The programme of an estate. */
  Programme plan(Estate estate) {
    long end = System.nanoTime() + timeLimit * 1_000_000_000L;
    return Planning.of(
        estate,
        new Options(seed, steps, waveSize, true, Rates.DEFAULT),
        () -> System.nanoTime() > end);
  }

  /** The forecast of a programme, null if none was asked for. */
  @Nullable Forecast forecast(Programme programme) {
    return samples == 0 || programme.machines().isEmpty() ? null : Futures.of(programme, samples);
  }
}
