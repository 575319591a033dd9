// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * A real Kafka (KRaft, one node that is broker and controller) on the loopback interface, for the
 * demo and the tests. Its data outlives it, so it can be stopped and started again.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final int port;
  private final Map<String, String> overrides;
  private KafkaRaftServer server;
  private boolean closed;

  private EmbeddedKafka(Path directory, int port, Map<String, String> overrides)
      throws IOException {
    this.directory = directory;
    this.port = port;
    this.overrides = Map.copyOf(overrides);
    this.server = started();
  }

  /**
   * Starts a broker and returns when it answers.
   *
   * @param directory where the data is kept; created if missing
   * @param port 0 picks a free one
   * @throws IOException if the directory cannot be used or the broker does not start
   */
  public static EmbeddedKafka start(Path directory, int port) throws IOException {
    return start(directory, port, Map.of());
  }

  /**
   * As {@link #start(Path, int)}, with broker settings over the usual ones (an empty one takes the
   * usual one away), and four of our own: {@code listener.protocol} is what clients speak (one of
   * Kafka's security protocols), {@code listener.advertised} is the host:port that they are told,
   * {@code format.scram} is a SCRAM user to begin with, as kafka-storage takes it, {@code
   * format.cluster} is the cluster's id, where several nodes make one.
   */
  public static EmbeddedKafka start(Path directory, int port, Map<String, String> overrides)
      throws IOException {
    Files.createDirectories(directory);
    return new EmbeddedKafka(directory, port == 0 ? freePort() : port, overrides);
  }

  private KafkaRaftServer started() throws IOException {
    Properties settings = settings(directory, port, overrides);
    if (!Files.exists(directory.resolve("meta.properties"))) {
      format(directory, settings, overrides);
    }
    var begun = new KafkaRaftServer(KafkaConfig.fromProps(settings, false), Time.SYSTEM);
    begun.startup();
    return begun;
  }

  /**
   * Stops the broker for a while and starts it at the same address; returns when it answers again.
   */
  public synchronized void restart(Duration down) throws IOException, InterruptedException {
    server.shutdown();
    server.awaitShutdown();
    Thread.sleep(down);
    if (!closed) {
      server = started();
    }
  }

  /** host:port for {@code kafka.bootstrap}. */
  public String bootstrap() {
    return "localhost:" + port;
  }

  public int port() {
    return port;
  }

  /** Stops the broker; its data stays. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      server.shutdown();
      server.awaitShutdown();
    }
  }

  /**
   * A broker in a process of its own: {@code EmbeddedKafka DIRECTORY [PORT [SETTING=VALUE]...]}.
   * Prints {@code READY host:port} and runs until it is told to end.
   */
  public static void main(String[] args) throws Exception {
    if (args.length < 1) {
      System.err.println("Usage: EmbeddedKafka DIRECTORY [PORT [SETTING=VALUE]...]");
      System.exit(2);
    }
    var overrides = new LinkedHashMap<String, String>();
    for (String setting : List.of(args).subList(Math.min(2, args.length), args.length)) {
      int equals = setting.indexOf('=');
      overrides.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 0;
    var kafka = start(Path.of(args[0]), port, overrides);
    Runtime.getRuntime().addShutdownHook(new Thread(kafka::close, "kafka-stop"));
    System.out.println("READY " + kafka.bootstrap());
    System.out.flush();
    new CountDownLatch(1).await();
  }

  private static Properties settings(Path directory, int broker, Map<String, String> overrides)
      throws IOException {
    String protocol = overrides.getOrDefault("listener.protocol", "PLAINTEXT");
    String advertised = overrides.getOrDefault("listener.advertised", "localhost:" + broker);
    int controller = freePort();
    int internal = freePort();
    var s = new LinkedHashMap<String, String>();
    s.put("process.roles", "broker,controller");
    s.put("node.id", "1");
    // The broker talks to itself in plaintext on ports of its own; clients as they are told.
    s.put(
        "listeners",
        "CLIENTS://localhost:%d,INTERNAL://localhost:%d,CONTROLLER://localhost:%d"
            .formatted(broker, internal, controller));
    s.put(
        "advertised.listeners",
        "CLIENTS://%s,INTERNAL://localhost:%d".formatted(advertised, internal));
    s.put(
        "listener.security.protocol.map",
        "CLIENTS:" + protocol + ",INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT");
    s.put("controller.listener.names", "CONTROLLER");
    s.put("inter.broker.listener.name", "INTERNAL");
    // A static quorum, because the controller's port is another one at every start.
    s.put("controller.quorum.voters", "1@localhost:" + controller);
    s.put("log.dirs", directory.toAbsolutePath().toString());
    for (String topic : new String[] {"offsets.topic", "transaction.state.log"}) {
      s.put(topic + ".replication.factor", "1");
      s.put(topic + ".num.partitions", "1");
    }
    s.put("transaction.state.log.min.isr", "1");
    s.put("share.coordinator.state.topic.replication.factor", "1");
    s.put("share.coordinator.state.topic.min.isr", "1");
    s.put("share.coordinator.state.topic.num.partitions", "1");
    s.put("group.initial.rebalance.delay.ms", "0");
    s.put("group.min.session.timeout.ms", "1000");
    s.put("auto.create.topics.enable", "false");
    s.put("message.max.bytes", Integer.toString(8 * 1024 * 1024));
    // 128 MB of heap by default, for logs a hundred times as large as ours.
    s.put("log.cleaner.dedupe.buffer.size", "4194304");
    s.put("num.network.threads", "2");
    s.put("num.io.threads", "4");
    // After a crash the controller waits for the old session (9 s by default); much less and a busy
    // machine fences its own broker.
    s.put("broker.session.timeout.ms", "6000");
    s.put("broker.heartbeat.interval.ms", "300");
    // 20 ms by default, which alone would cap a producer at some 150 transactions a second.
    s.put("add.partitions.to.txn.retry.backoff.ms", "1");
    s.putAll(overrides);
    s.remove("listener.protocol");
    s.remove("listener.advertised");
    s.remove("format.scram");
    s.remove("format.cluster");
    s.values().removeIf(String::isEmpty);
    var properties = new Properties();
    properties.putAll(s);
    return properties;
  }

  /** Formats the directory as {@code kafka-storage format} does. */
  private static void format(Path directory, Properties settings, Map<String, String> overrides)
      throws IOException {
    Path file = Files.createTempFile("drover-kafka", ".properties");
    try {
      try (var out = Files.newBufferedWriter(file)) {
        settings.store(out, null);
      }
      var args =
          new ArrayList<>(
              List.of(
                  "format",
                  "-t",
                  overrides.getOrDefault("format.cluster", Uuid.randomUuid().toString()),
                  "-c",
                  file.toString(),
                  "--ignore-formatted"));
      String scram = overrides.get("format.scram");
      if (scram != null) {
        args.add("--add-scram");
        args.add(scram);
      }
      var said = new ByteArrayOutputStream();
      int code =
          StorageTool.execute(
              args.toArray(String[]::new), new PrintStream(said, true, StandardCharsets.UTF_8));
      if (code != 0) {
        throw new IOException(
            "Cannot format %s for Kafka: %s"
                .formatted(directory, said.toString(StandardCharsets.UTF_8).strip()));
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * A port that nobody has, and that was not given before: until it is bound the system gives it
   * again.
   */
  static int freePort() throws IOException {
    while (true) {
      try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        if (GIVEN.add(socket.getLocalPort())) {
          return socket.getLocalPort();
        }
      }
    }
  }
}
