// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.console.Answers;
import io.drover.console.Commands;
import io.drover.console.Console;
import io.drover.console.Herd;
import io.drover.engine.ServiceSpec;
import io.drover.runtime.body.DroverRuntime;
import io.drover.runtime.body.RuntimeConfig;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.AuditWriter;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Message;
import io.drover.schemas.wire.Json;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services of one process, started and stopped together. */
public final class Running implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Running.class);

  private final Deque<AutoCloseable> begun = new ArrayDeque<>();
  private @Nullable Console console;
  private @Nullable DroverRuntime runtime;
  private @Nullable Views views;
  private String token = "";

  private Running() {}

  /**
   * Starts the roles; returns when the brains are started and the console listens. It answers 503
   * until all that was there has been read, however long that takes; {@link #awaitCaughtUp} waits.
   *
   * @throws SettingsException where the configuration does not allow it
   */
  public static Running start(DroverConfig config, Set<Roles> roles) throws Exception {
    var running = new Running();
    try {
      running.begin(config, roles);
      return running;
    } catch (Exception e) {
      running.close();
      throw e;
    }
  }

  private void begin(DroverConfig config, Set<Roles> roles) throws Exception {
    Door door = roles.contains(Roles.CONSOLE) ? Door.of(config) : null;
    new KafkaTopics(config.kafka()).ensure();
    String instance = config.instance() + "-" + UUID.randomUUID().toString().substring(0, 8);
    Views reading = started(Views.follow(config.kafka(), roles));
    views = reading;
    Wiring wiring = started(new Wiring(config));
    InboxWriter writer = started(new InboxWriter(config.kafka()));
    runtime =
        started(
            DroverRuntime.start(
                specs(wiring, roles, reading),
                new RuntimeConfig(
                    config.kafka(),
                    instance,
                    new RuntimeConfig.Health(config.health().host(), config.health().port())),
                Wiring::progress));
    started(reading::release);
    if (door != null) {
      console(config, instance, writer, reading, door);
    }
    LOG.info("Started as {} with {}", instance, roles);
  }

  private static List<ServiceSpec<?, ?, ?, ?, ?>> specs(
      Wiring wiring, Set<Roles> roles, Views views) {
    var specs = new ArrayList<ServiceSpec<?, ?, ?, ?, ?>>();
    for (Roles role : roles) {
      switch (role) {
        case INGEST -> specs.add(wiring.ingest(views));
        case PLANNER -> specs.add(wiring.planner(views));
        case EXECUTOR -> {
          specs.add(wiring.migration(roles.contains(Roles.CONVERTER)));
          specs.add(wiring.dispatch());
        }
        case CONVERTER -> specs.add(wiring.conversion());
        case CONSOLE -> {}
      }
    }
    return specs;
  }

  private void console(
      DroverConfig config, String instance, InboxWriter writer, Views reading, Door door)
      throws Exception {
    Herd herd = reading.herd();
    Vertx vertx = Vertx.vertx();
    started(() -> vertx.close().toCompletionStage().toCompletableFuture().join());
    var answers =
        new Answers(
            new Inboxes(writer), herd, started(new AuditWriter(config.kafka()))::write, instance);
    Console opened;
    try {
      opened =
          Console.start(
              vertx,
              door.settings(),
              door.access(),
              new Console.Model(herd, new LivePlans(herd)),
              answers,
              new Console.Condition(
                  reading::caughtUp, this::ready, () -> reading.trouble(config.kafka())));
    } catch (ExecutionException e) {
      throw new SettingsException(
          "console.host, console.port: "
              + door.settings().host()
              + ":"
              + door.settings().port()
              + " cannot be listened at ("
              + reason(e)
              + "). See that no other process has the port (0 picks a free one), and that"
              + " console.certificate and console.key are PEM files that may be read",
          e);
    }
    console = started(opened);
    if (!door.token().isEmpty()) {
      token = door.token();
      remember(config.console());
    }
  }

  private static String reason(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /**
   * Tells the commands of this user where the console is; the file is readable by the user only.
   */
  private void remember(DroverConfig.ConsoleSection section) throws IOException {
    Path state = section.state();
    Files.createDirectories(state);
    var how = new TreeMap<String, String>(Map.of("url", url(), "token", token));
    if (section.certificate() != null) {
      // What it shows is what those commands may trust.
      how.put("ca", section.certificate().toAbsolutePath().toString());
    }
    Path file = state.resolve("console.json");
    // Moved there whole: who waits for the file must not read a part of it.
    Path whole = state.resolve("console.json.new");
    Files.deleteIfExists(whole);
    Files.createFile(
        whole, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(whole, Json.write(how));
    Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    started(() -> forget(file));
  }

  /** Takes the file away, if it still tells of this console and not of one that came after. */
  private void forget(Path file) throws IOException {
    if (Files.exists(file) && Files.readString(file).contains(token)) {
      Files.delete(file);
    }
  }

  private <T extends AutoCloseable> T started(T one) {
    begun.push(one);
    return one;
  }

  /** Whether every brain has taken over what it was given. */
  public boolean ready() {
    return runtime != null && runtime.ready();
  }

  /** Waits until the console knows all that was there when it was started. */
  public void awaitCaughtUp() throws InterruptedException {
    if (views != null) {
      views.awaitCaughtUp();
    }
  }

  /** Address of the console; empty without one. */
  public String url() {
    return console == null ? "" : console.url();
  }

  /** The generated token of the local mode; empty otherwise. */
  public String token() {
    return token;
  }

  @Override
  public void close() {
    // Files are not read or written by a thread that was interrupted: what is left would stay.
    boolean interrupted = Thread.interrupted();
    while (!begun.isEmpty()) {
      AutoCloseable one = begun.pop();
      try {
        one.close();
      } catch (Exception e) {
        LOG.warn("Stopping {} failed: {}", one.getClass().getSimpleName(), e.getMessage());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The console's commands on their way into the inboxes. */
  private record Inboxes(InboxWriter writer) implements Commands {
    @Override
    public String send(Brain brain, String key, Message command, Actor by)
        throws InterruptedException {
      return writer.tell(brain, key, command, by);
    }

    @Override
    public void release(Brain brain, String key, boolean skip, Actor by)
        throws InterruptedException {
      if (skip) {
        writer.skipQuarantined(brain, key, by);
      } else {
        writer.retryQuarantined(brain, key, by);
      }
    }
  }
}
