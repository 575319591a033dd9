// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.bench;

import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Learning;
import io.drover.planner.forecast.Transfer;
import io.drover.planner.schedule.SplitMix;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32;

/**
 * Transfers of real bytes over loopback under varied limits, to learn from and to test forecasts
 * on: four senders, each with a ceiling that its connections share, a ceiling for each connection,
 * and a start-up time, as ESXi hosts have. The receiver digests what it gets. With {@code ways} the
 * bytes also come from one of three datastores, one of them slow, and all pass one link; what is
 * learned of hosts alone stands beside it.
 */
public final class TransferBench {
  private static final int MIB = 1 << 20;
  private static final double[] CEILINGS = {24, 40, 60, 90};
  private static final double DISK = 16;
  private static final long START_UP_MILLIS = 120;

  private TransferBench() {}

  /** One transfer with the time it ran, to count what ran beside it. */
  private record Ran(int host, int datastore, long bytes, long from, long to) {}

  private static final double[] DATASTORES = {14, 500, 500};
  private static final double LINK = 90;

  public static void main(String[] args) throws Exception {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 240;
    boolean ways = args.length > 1 && args[1].equals("ways");
    List<Ran> ran = run(count, 7, ways);
    judge(transfers(ran, ways));
    if (ways) {
      System.out.println("\nthe same of hosts and disks alone:");
      judge(transfers(ran, false));
    }
  }

  private static void judge(List<Transfer> transfers) {
    List<Transfer> learn = transfers.subList(0, transfers.size() / 2);
    List<Transfer> test = transfers.subList(transfers.size() / 2, transfers.size());
    Learning learned = Learning.from(learn);
    double error =
        test.stream()
            .mapToDouble(t ->
                Math.abs(t.seconds() / learned.forecast(t.route(), t.bytes(), t.busy()).p50() - 1))
            .sorted()
            .skip(test.size() / 2)
            .findFirst()
            .orElse(0);
    System.out.printf(
        Locale.ROOT,
        "%d transfers, %d to learn from, %d unseen: %.1f %% of the unseen inside P5 to P95, median"
            + " error %.1f %%%n",
        transfers.size(),
        learn.size(),
        test.size(),
        100 * learned.calibration(test),
        100 * error);
    System.out.printf(
        Locale.ROOT,
        "learned: %.2f s a copy, %.1f MiB/s a disk (set: %.2f s, %.0f), hosts %s (set: %s), P5"
            + " %.2f, P95 %.2f of the forecast; datastores %s, all together %.0f MiB/s%n",
        learned.fixedSeconds(),
        learned.ceilings().diskMiBs(),
        START_UP_MILLIS / 1000.0,
        DISK,
        new java.util.TreeMap<>(learned.ceilings().hosts()),
        java.util.Arrays.toString(CEILINGS),
        learned.low(),
        learned.high(),
        new java.util.TreeMap<>(learned.ceilings().datastores()),
        learned.ceilings().way().sharedMiBs());
  }

  private static List<Transfer> transfers(List<Ran> ran, boolean ways) {
    var start = java.time.Instant.EPOCH;
    return Transfer.of(
        ran.stream()
            .map(one ->
                new Transfer.Copy(
                    "vc",
                    new Ceilings.Route(
                        "host-" + one.host(), ways ? "datastore-" + one.datastore() : "", ""),
                    one.bytes(),
                    start.plusNanos(one.from()),
                    start.plusNanos(one.to())))
            .toList());
  }

  private static List<Ran> run(int count, long seed, boolean ways) throws Exception {
    var random = new SplitMix(seed);
    var ran = Collections.synchronizedList(new ArrayList<Ran>());
    var servers = new ArrayList<ServerSocket>();
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var slots = new ArrayList<Semaphore>();
      var datastores = new ArrayList<Bucket>();
      for (double ceiling : DATASTORES) {
        datastores.add(new Bucket(ceiling * MIB));
      }
      var link = new Bucket(LINK * MIB);
      for (double ceiling : CEILINGS) {
        var server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        servers.add(server);
        var shared = new Bucket(ceiling * MIB);
        pool.submit(() ->
            serve(
                server,
                datastore ->
                    ways ? List.of(datastores.get(datastore), shared, link) : List.of(shared),
                pool));
        slots.add(new Semaphore(1 + random.below(6)));
      }
      var running = new ArrayList<java.util.concurrent.Future<?>>();
      for (int i = 0; i < count; i++) {
        int host = random.below(CEILINGS.length);
        int datastore = random.below(DATASTORES.length);
        long bytes =
            (long) (MIB * Math.max(1, Math.min(40, Math.exp(1.8 + 0.8 * random.normal()))));
        if (i % 40 == 39) {
          // The limit in flight changes now and then, as operators do.
          slots.set(host, new Semaphore(1 + random.below(6)));
        }
        Semaphore slot = slots.get(host);
        slot.acquire();
        running.add(
            pool.submit(() -> {
              try {
                long from = System.nanoTime();
                fetch(servers.get(host).getLocalPort(), datastore, bytes);
                ran.add(new Ran(host, datastore, bytes, from, System.nanoTime()));
              } finally {
                slot.release();
              }
              return null;
            }));
      }
      for (var one : running) {
        one.get();
      }
      for (ServerSocket server : servers) {
        server.close();
      }
    }
    ran.sort(java.util.Comparator.comparingLong(Ran::from));
    return ran;
  }

  private static Void serve(
      ServerSocket server,
      java.util.function.IntFunction<List<Bucket>> way,
      java.util.concurrent.ExecutorService pool) {
    while (true) {
      try {
        Socket socket = server.accept();
        pool.submit(() -> {
          send(socket, way);
          return null;
        });
      } catch (java.io.IOException e) {
        return null; // closed: the run is over
      }
    }
  }

  private static void send(Socket socket, java.util.function.IntFunction<List<Bucket>> way)
      throws Exception {
    try (socket) {
      var in = new java.io.DataInputStream(socket.getInputStream());
      List<Bucket> buckets = way.apply(in.readInt());
      long left = in.readLong();
      Thread.sleep(START_UP_MILLIS);
      var own = new Bucket(DISK * MIB);
      byte[] block = new byte[64 << 10];
      OutputStream out = socket.getOutputStream();
      while (left > 0) {
        int n = (int) Math.min(block.length, left);
        for (Bucket bucket : buckets) {
          bucket.take(n);
        }
        own.take(n);
        out.write(block, 0, n);
        left -= n;
      }
    }
  }

  private static void fetch(int port, int datastore, long bytes) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      var ask = new java.io.DataOutputStream(socket.getOutputStream());
      ask.writeInt(datastore);
      ask.writeLong(bytes);
      var crc = new CRC32();
      InputStream in = socket.getInputStream();
      byte[] block = new byte[64 << 10];
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        crc.update(block, 0, n);
      }
    }
  }

  /** Lets bytes pass at a rate, in turn. */
  private static final class Bucket {
    private final double perNano;
    private long free = System.nanoTime();

    Bucket(double bytesPerSecond) {
      this.perNano = bytesPerSecond / 1e9;
    }

    void take(int bytes) throws InterruptedException {
      long wait;
      synchronized (this) {
        long now = System.nanoTime();
        free = Math.max(free, now - 5_000_000) + (long) (bytes / perNano);
        wait = free - now;
      }
      if (wait > 0) {
        java.util.concurrent.locks.LockSupport.parkNanos(wait);
      }
    }
  }
}
