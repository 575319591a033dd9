// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.console.Access;
import io.drover.console.Answers;
import io.drover.console.Commands;
import io.drover.console.Console;
import io.drover.console.ConsoleSettings;
import io.drover.console.Herd;
import io.drover.console.Read;
import io.drover.engine.ServiceSpec;
import io.drover.runtime.body.DroverRuntime;
import io.drover.runtime.body.RuntimeConfig;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.AuditWriter;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.runtime.kafka.TopicView;
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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services of one process, started and stopped together. */
public final class Running implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Running.class);
  private static final Duration CATCH_UP = Duration.ofMinutes(10);

  private final Deque<AutoCloseable> begun = new ArrayDeque<>();
  private final Herd herd = new Herd();
  private @Nullable Console console;
  private @Nullable DroverRuntime runtime;
  private String token = "";

  private Running() {}

  /**
   * Starts the roles; returns when the read model has caught up and the console listens.
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
    new KafkaTopics(config.kafka()).ensure();
    String instance = config.instance() + "-" + UUID.randomUUID().toString().substring(0, 8);
    TopicView view = started(TopicView.follow(config.kafka(), Herd.topics(), this::read));
    if (!view.awaitCaughtUp(CATCH_UP)) {
      throw new SettingsException(
          "The topics could not be read to their end within "
              + CATCH_UP.toMinutes()
              + " minutes: see that Kafka is well");
    }
    Wiring wiring = started(new Wiring(config));
    InboxWriter writer = started(new InboxWriter(config.kafka()));
    runtime =
        started(
            DroverRuntime.start(
                specs(wiring, roles),
                new RuntimeConfig(
                    config.kafka(),
                    instance,
                    new RuntimeConfig.Health(config.health().host(), config.health().port())),
                Wiring::progress));
    if (roles.contains(Roles.CONSOLE)) {
      console(config, instance, writer, view);
    }
    LOG.info("Started as {} with {}", instance, roles);
  }

  private List<ServiceSpec<?, ?, ?, ?, ?>> specs(Wiring wiring, Set<Roles> roles) {
    var specs = new ArrayList<ServiceSpec<?, ?, ?, ?, ?>>();
    for (Roles role : roles) {
      switch (role) {
        case INGEST -> specs.add(wiring.ingest(herd));
        case PLANNER -> specs.add(wiring.planner(herd));
        case EXECUTOR -> {
          specs.add(wiring.migration());
          specs.add(wiring.dispatch());
        }
        case CONVERTER -> specs.add(wiring.conversion());
        case CONSOLE -> {}
      }
    }
    return specs;
  }

  private void read(TopicView.Seen seen) {
    String key = seen.key();
    if (key != null) {
      herd.apply(
          new Read(
              seen.topic(), key, seen.headers(), seen.value(), seen.partition(), seen.offset()));
    }
  }

  private void console(DroverConfig config, String instance, InboxWriter writer, TopicView view)
      throws Exception {
    DroverConfig.ConsoleSection section = config.console();
    boolean local = ConsoleSettings.loopback(section.host());
    Access access;
    if (section.tokens() != null) {
      access = Access.ofFile(section.tokens());
    } else if (local) {
      token = Access.newToken();
      access = Access.single(token, System.getProperty("user.name", "operator"));
    } else {
      throw new SettingsException(
          "console.tokens is missing: a console that others can reach needs a file of tokens");
    }
    Vertx vertx = Vertx.vertx();
    started(() -> vertx.close().toCompletionStage().toCompletableFuture().join());
    Console opened =
        Console.start(
            vertx,
            new ConsoleSettings(
                section.host(),
                section.port(),
                section.certificate(),
                section.key(),
                config.plan().settings(local)),
            access,
            herd,
            new Answers(
                new Inboxes(writer),
                herd,
                started(new AuditWriter(config.kafka()))::write,
                instance),
            () -> view.caughtUp() && ready());
    console = started(opened);
    if (!token.isEmpty()) {
      remember(section.state());
    }
  }

  /**
   * Tells the commands of this user where the console is; the file is readable by the user only.
   */
  private void remember(Path state) throws IOException {
    Files.createDirectories(state);
    Path file = state.resolve("console.json");
    // Moved there whole: who waits for the file must not read a part of it.
    Path whole = state.resolve("console.json.new");
    Files.deleteIfExists(whole);
    Files.createFile(
        whole, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(whole, Json.write(Map.of("url", url(), "token", token)));
    Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    started(() -> Files.deleteIfExists(file));
  }

  private <T extends AutoCloseable> T started(T one) {
    begun.push(one);
    return one;
  }

  /** Whether every brain has taken over what it was given. */
  public boolean ready() {
    return runtime != null && runtime.ready();
  }

  /** The read model. */
  public Herd herd() {
    return herd;
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
    while (!begun.isEmpty()) {
      AutoCloseable one = begun.pop();
      try {
        one.close();
      } catch (Exception e) {
        LOG.warn("Stopping {} failed: {}", one.getClass().getSimpleName(), e.getMessage());
      }
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
