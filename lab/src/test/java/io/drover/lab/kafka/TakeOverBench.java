// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.lab.sim.Toy;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * Measures how long the partitions of a killed process do nothing: {@code lab/bench/takeover}. Two
 * processes share 8 partitions on a broker of its own; one is killed with -9; an input to each
 * partition is told at once; the time ends when the last effect began at the other.
 */
public final class TakeOverBench {
  private static final int KEYS = 64;

  private TakeOverBench() {}

  /** Arguments: number of kills, session. Prints a line of Markdown. */
  public static void main(String[] args) throws Exception {
    int kills = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    Path directory = Files.createTempDirectory("takeover-bench");
    var broker = BrokerProcess.start(directory.resolve("kafka"), 0);
    var settings = KafkaSettings.local("localhost:" + broker.port());
    new KafkaTopics(settings).ensure();
    Path gate = Files.createFile(directory.resolve("gate"));
    var processes = new ArrayList<BrainProcess>();
    var took = new double[kills];
    try (var world = new YardWorld();
        var people = new InboxWriter(settings)) {
      processes.add(start("one-0", settings, world, gate));
      processes.add(start("two-0", settings, world, gate));
      for (int i = 0; i < kills; i++) {
        settled(world, people, "settle-" + i);
        int victim = i % 2;
        long killed = System.nanoTime();
        processes.get(victim).close();
        tell(people, "kill-" + i);
        begun(world, "kill-" + i);
        took[i] = (System.nanoTime() - killed) / 1e9;
        System.err.printf("kill %d: %.1f s%n", i + 1, took[i]);
        processes.set(
            victim, start((victim == 0 ? "one-" : "two-") + (i + 1), settings, world, gate));
      }
    } finally {
      processes.forEach(BrainProcess::close);
      broker.kill();
    }
    Arrays.sort(took);
    System.out.printf(
        "| session %s, %d kills | %.1f | %.1f |%n",
        settings.session(), kills, took[kills / 2], took[kills - 1]);
    System.exit(0);
  }

  private static BrainProcess start(String name, KafkaSettings settings, YardWorld world, Path gate)
      throws Exception {
    var process = BrainProcess.start(name, settings, world, gate);
    process.awaitLine("OWNER");
    return process;
  }

  /** Both share the work: each acted for some key in one round. */
  private static void settled(YardWorld world, InboxWriter people, String name) throws Exception {
    for (int round = 0; ; round++) {
      String job = name + "-" + round;
      tell(people, job);
      begun(world, job);
      var who = new HashSet<String>();
      acts(world, job).forEach(act -> who.add(act.substring(0, act.indexOf(' '))));
      if (who.size() == 2) {
        return;
      }
      Thread.sleep(500);
    }
  }

  private static void tell(InboxWriter people, String job) throws Exception {
    for (int i = 0; i < KEYS; i++) {
      people.tell(Brain.MIGRATION, "vc/" + i, Toy.begin(job), Actor.person("bench"));
    }
  }

  private static void begun(YardWorld world, String job) throws Exception {
    Town.eventually("begun " + job, () -> acts(world, job).size() == KEYS);
  }

  private static List<String> acts(YardWorld world, String job) {
    return world.acts.stream().filter(act -> act.endsWith(" " + job + "#1")).toList();
  }
}
