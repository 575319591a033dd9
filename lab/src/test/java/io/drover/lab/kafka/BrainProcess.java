// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Outcome;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.sim.Toy;
import io.drover.runtime.ProgressSink;
import io.drover.runtime.Vitals;
import io.drover.runtime.kafka.KafkaBrain;
import io.drover.runtime.kafka.KafkaInbox;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A toy brain in a process of its own, to be stopped and killed. Its hand asks a {@link YardWorld}
 * to act. A job named {@code gate-decide} waits in the decision, one named {@code gate-hand} in the
 * hand, until a file is there.
 */
final class BrainProcess implements AutoCloseable {
  private final Process process;

  private BrainProcess(Process process) {
    this.process = process;
  }

  static BrainProcess start(String instance, KafkaSettings settings, YardWorld world, Path gate)
      throws IOException {
    List<String> command = Jvm.running(BrainProcess.class, "256m");
    command.addAll(
        List.of(
            instance,
            settings.bootstrap(),
            Integer.toString(settings.partitions()),
            settings.session().toString(),
            world.url(),
            gate.toString()));
    return new BrainProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Waits until it says so. */
  void awaitLine(String line) throws IOException {
    var out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String said = out.readLine(); said != null; said = out.readLine()) {
      if (said.equals(line)) {
        Thread.startVirtualThread(() -> out.lines().forEach(_ -> {}));
        return;
      }
    }
    throw new IllegalStateException("The process ended before it said " + line);
  }

  void signal(String name) throws Exception {
    int code = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
    if (code != 0) {
      throw new IllegalStateException("kill -" + name + " ended with " + code);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  /** The process. */
  public static void main(String[] args) throws Exception {
    var settings =
        KafkaSettings.local(args[1])
            .withPartitions(Integer.parseInt(args[2]))
            .withSession(Duration.parse(args[3]));
    Path gate = Path.of(args[5]);
    var toy =
        new Toy() {
          @Override
          public Decision<MigrationFact> decide(
              State state, Input<MigrationMessage, Observed> input, Instant at) {
            if (input instanceof Input.Told<MigrationMessage, Observed>(var told, var _)
                && told.equals(Toy.begin("gate-decide"))) {
              YardWorld.report(args[4], args[0], "deciding");
              await(gate);
            }
            return super.decide(state, input, at);
          }
        };
    var inbox = new KafkaInbox(settings);
    var brain =
        new KafkaBrain<>(
            toy.spec(
                order -> {
                  if (order.id().value().startsWith("gate-hand#")) {
                    YardWorld.report(args[4], args[0], "acting");
                    await(gate);
                  }
                  YardWorld.act(args[4], args[0], order);
                  return new Outcome.Done<>(new Toy.Observed.SeenDone(args[0]));
                },
                List.of()),
            settings,
            args[0],
            inbox,
            ProgressSink.none(),
            Vitals.NONE);
    brain.start();
    while (!brain.ready() || brain.partitions().isEmpty()) {
      Thread.sleep(20);
    }
    System.out.println("OWNER");
    System.out.flush();
    new CountDownLatch(1).await();
  }

  private static void await(Path gate) {
    while (!Files.exists(gate)) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
