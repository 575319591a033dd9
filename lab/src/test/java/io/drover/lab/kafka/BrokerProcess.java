// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import io.drover.lab.conformance.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A broker (or another node of a cluster) in a process of its own, to be killed. */
public final class BrokerProcess {
  private final Process process;
  private final int port;

  private BrokerProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it and waits until it serves.
   *
   * @param port 0 picks a free one
   */
  public static BrokerProcess start(Path directory, int port) {
    return start(directory, port, Map.of());
  }

  static BrokerProcess start(Path directory, int port, Map<String, String> settings) {
    List<String> command = Jvm.running(EmbeddedKafka.class, "512m");
    command.addAll(List.of(directory.toString(), Integer.toString(port)));
    settings.forEach((name, value) -> command.add(name + "=" + value));
    try {
      var process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      var out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith("READY ")) {
          Thread.startVirtualThread(() -> out.lines().forEach(ignored -> {}));
          return new BrokerProcess(
              process, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
        }
      }
      throw new IllegalStateException("The broker ended before it was ready");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The port of loopback that it listens on. */
  public int port() {
    return port;
  }

  /** As {@code kill -9}. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }
}
