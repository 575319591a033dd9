// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.bench;

import com.github.luben.zstd.ZstdCompressCtx;
import io.drover.disk.Conversion;
import io.drover.disk.codec.Codecs;
import io.drover.disk.codec.Inflate;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Packed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.DataFormatException;

/**
 * The physical limits of this machine on the very content of a benchmark's image, for {@code
 * disk/bench/run}: STREAM_OPTIMIZED THREADS. A sample of its extents, evenly spread, is inflated,
 * hashed, compressed, written to a new file beside the image and read from there by so many threads
 * at once, and large memory copied. Prints one {@code key=value} a line: MB/s of all threads
 * together (each thread's own CPU time, the best of some rounds), and the MB that all of the image
 * has to inflate and to hash.
 */
final class BenchLimits {
  private static final long SAMPLE = 96L << 20;
  private static final int ROUNDS = 4;
  private static final int COPY = 64 << 20;
  // As ForwardInput reads.
  private static final int READ = 512 << 10;
  private static final int CLUSTER = 64 << 10;

  private BenchLimits() {}

  /** Stored grains of one extent, and the guest's bytes that they make. */
  private record Sampled(List<MemorySegment> grains, int bytes) {}

  /** Nanoseconds of CPU and bytes of one thread, by kind of work. */
  private static final class Spent {
    private final long[] nanos = new long[Work.values().length];
    private final long[] bytes = new long[Work.values().length];

    void add(Work work, long since, long count) {
      nanos[work.ordinal()] += now() - since;
      bytes[work.ordinal()] += count;
    }

    /** MB/s. */
    double rate(Work work) {
      return bytes[work.ordinal()] * 1e3 / nanos[work.ordinal()];
    }
  }

  private enum Work {
    inflate,
    sha256,
    zstd,
    write,
    read,
    copy
  }

  public static void main(String[] args) throws Exception {
    int threads = Integer.parseInt(args[1]);
    long guest = 0;
    long hashed = 0;
    List<Sampled> sample = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ);
        ExtentSource source = Conversion.streamOptimized(channel, Set.of());
        Packed packed = new Packed();
        Arena arena = Arena.ofShared()) {
      long stride = Math.max(1, channel.size() / SAMPLE);
      for (long i = 0; source.next(packed); i++) {
        guest += (long) packed.count() * packed.grainBytes();
        hashed += Extent.length(source.size(), packed.extent());
        if (i % stride == 0) {
          sample.add(copyOf(packed, arena));
        }
      }
      double[] best = new double[Work.values().length];
      for (int round = 0; round < ROUNDS; round++) {
        double[] rates = together(threads, sample, Path.of(args[0]).toAbsolutePath().getParent());
        Arrays.setAll(best, i -> Math.max(best[i], rates[i]));
      }
      System.out.println("inflater=" + Codecs.chosen());
      System.out.println("hasher=" + LeafHasher.chosen());
      System.out.println("threads=" + threads);
      for (Work work : Work.values()) {
        System.out.printf(Locale.ROOT, "%s=%.0f%n", work, best[work.ordinal()]);
      }
      System.out.printf(Locale.ROOT, "guest=%.1f%nhashed=%.1f%n", guest / 1e6, hashed / 1e6);
    }
  }

  private static Sampled copyOf(Packed packed, Arena arena) {
    MemorySegment all = arena.allocate(packed.all().byteSize()).copyFrom(packed.all());
    List<MemorySegment> grains = new ArrayList<>();
    for (int i = 0; i < packed.count(); i++) {
      grains.add(all.asSlice(packed.from(i), packed.length(i)));
    }
    return new Sampled(grains, packed.count() * packed.grainBytes());
  }

  /** MB/s by kind of work, of all threads, each of which does all of the sample. */
  private static double[] together(int threads, List<Sampled> sample, Path folder)
      throws Exception {
    double[] sum = new double[Work.values().length];
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<Spent>> jobs = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        jobs.add(() -> alone(sample, folder));
      }
      for (Future<Spent> job : pool.invokeAll(jobs)) {
        Spent spent = job.get();
        for (Work work : Work.values()) {
          sum[work.ordinal()] += spent.rate(work);
        }
      }
    }
    return sum;
  }

  private static Spent alone(List<Sampled> sample, Path folder)
      throws DataFormatException, IOException {
    Spent spent = new Spent();
    try (FileChannel file =
            FileChannel.open(
                Files.createTempFile(folder, "limits", null),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        Arena arena = Arena.ofConfined();
        Inflate inflate = Codecs.inflate();
        LeafHasher hasher = new LeafHasher();
        ZstdCompressCtx zstd = new ZstdCompressCtx()) {
      zstd.setLevel(1);
      Extent extent = new Extent(arena);
      ByteBuffer room = arena.allocate(2L * CLUSTER).asByteBuffer();
      for (Sampled stored : sample) {
        extent.reset(Extent.SIZE, 0);
        long begun = now();
        for (int i = 0; i < stored.grains().size(); i++) {
          int made =
              inflate.zlib(
                  stored.grains().get(i),
                  extent.memory().asSlice((long) i * Extent.BLOCK, Extent.BLOCK));
          if (made != Extent.BLOCK) {
            throw new IllegalStateException("A grain of " + made + " bytes");
          }
        }
        spent.add(Work.inflate, begun, stored.bytes());
        for (int i = 0; i < stored.grains().size(); i++) {
          extent.assume(i);
        }
        begun = now();
        byte[] leaf = hasher.leaf(extent);
        spent.add(Work.sha256, begun, leaf.length == 0 ? 0 : Extent.SIZE);
        begun = now();
        for (int i = 0; i < stored.grains().size(); i++) {
          int ignored =
              zstd.compressDirectByteBuffer(
                  room, 0, room.capacity(), extent.view(i * CLUSTER, CLUSTER), 0, CLUSTER);
        }
        spent.add(Work.zstd, begun, stored.bytes());
        begun = now();
        int written = file.write(extent.view(0, Extent.SIZE));
        spent.add(Work.write, begun, written);
      }
      file.position(0);
      ByteBuffer read = arena.allocate(READ).asByteBuffer();
      long begunReading = now();
      while (file.read(read) >= 0) {
        read.clear();
      }
      spent.add(Work.read, begunReading, file.size());
      // Larger than any cache: what counts is the memory.
      MemorySegment from = arena.allocate(COPY).fill((byte) 1);
      MemorySegment to = arena.allocate(COPY).fill((byte) 2);
      for (int i = 0; i < 8; i++) {
        long begun = now();
        to.copyFrom(from);
        spent.add(Work.copy, begun, COPY);
      }
    }
    return spent;
  }

  private static long now() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
