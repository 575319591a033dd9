// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.console.Sizes;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskImages;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.ForwardFile;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawStream;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.vmdk.VmdkStream;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover convert}: any supported image to any other, checked and digested on the way. */
@Command(
    name = "convert",
    description = "Convert a disk image, check it on the way, and digest what the guest sees.")
public final class ConvertCommand implements Callable<Integer> {
  private static final int FAST = 1;
  private static final long LEAST_MEMORY = Conversion.LEAST_MEMORY >> 20;

  /** What can be written. */
  enum To {
    qcow2,
    qcow2_zlib,
    qcow2_zstd,
    raw,
    raw_zst,
    vmdk
  }

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "A VMDK (sparse, flat, split or streamOptimized), OVA, qcow2 or raw image.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "File to write.")
  private Path out = Path.of("");

  @Option(
      names = "--to",
      description =
          "${COMPLETION-CANDIDATES}; by the ending of OUT if left out: .raw and .img are raw, .zst"
              + " is raw_zst, .vmdk is vmdk (streamOptimized), all else is qcow2.")
  private @Nullable To to;

  @Option(
      names = "--disk",
      paramLabel = "NAME",
      description = "Which disk of an OVA, by its file or id; needed where it has several.")
  private @Nullable String disk;

  @Option(names = "--workers", description = "Threads (default: one a core).")
  private int workers = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description = "What its buffers may take (default: ${DEFAULT-VALUE} MiB).")
  private int memory = (int) (Conversion.MEMORY >> 20);

  @Option(names = "--force", description = "Replace OUT if it is there.")
  private boolean force;

  @Mixin private Output output = new Output();

  @Option(names = "--json", description = "The same as -o json.")
  void json(boolean asked) {
    if (asked) {
      output.asJson();
    }
  }

  @Override
  public Integer call() {
    if (workers < 1) {
      throw new Failure(Exit.USAGE, "Expected at least 1 worker, but " + workers + ".");
    }
    if (memory < LEAST_MEMORY) {
      throw new Failure(
          Exit.USAGE, "Expected at least " + LEAST_MEMORY + " MiB of memory, but " + memory + ".");
    }
    if (!Files.exists(in)) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + in + ".");
    }
    if (Files.exists(out) && !Files.isRegularFile(out)) {
      throw new Failure(Exit.REFUSED, "Expected to write a file, but " + out + " is none.");
    }
    if (Files.exists(out) && !force) {
      throw new Failure(Exit.REFUSED, out + " is there already; --force replaces it.");
    }
    long begun = System.nanoTime();
    try (var pool = new Workers(workers);
        ExtentSource source = DiskImages.source(in, disk);
        ExtentSink sink = sink();
        var bar = new ProgressBar(System.err, output.forPeople() ? source.size() : 0, begun)) {
      ConversionResult result =
          Conversion.of(source, sink)
              .workers(pool)
              .memory((long) memory << 20)
              .progress((read, done) -> bar.show(done))
              .run();
      bar.close();
      report(result, (System.nanoTime() - begun) / 1e9);
      return Exit.OK;
    } catch (DiskFormatException e) {
      throw new Failure(Exit.CORRUPT, in + ": " + e.getMessage());
    } catch (NoSuchFileException e) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + e.getFile() + ".");
    } catch (IOException e) {
      throw new Failure(Exit.NOT_WELL, in + " was not converted: " + e.getMessage() + ".");
    }
  }

  private ExtentSink sink() {
    return switch (to == null ? byEnding(out) : to) {
      case qcow2 -> new Qcow2Writer(out, Qcow2Options.plain());
      case qcow2_zlib -> new Qcow2Writer(out, Qcow2Options.zlib());
      case qcow2_zstd -> new Qcow2Writer(out, Qcow2Options.zstd());
      case raw -> new RawWriter(out, true);
      case raw_zst -> new ForwardFile(out, true, channel -> RawStream.zstd(channel, FAST));
      case vmdk -> new ForwardFile(out, true, channel -> new VmdkStream(channel, FAST));
    };
  }

  private static To byEnding(Path out) {
    String name = out.getFileName().toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".zst")) {
      return To.raw_zst;
    }
    if (name.endsWith(".vmdk")) {
      return To.vmdk;
    }
    return name.endsWith(".raw") || name.endsWith(".img") ? To.raw : To.qcow2;
  }

  private void report(ConversionResult result, double seconds) {
    String root = result.digest() == null ? "" : result.digest().root();
    ObjectNode document = Json.mapper().createObjectNode();
    document.put("in", in.toString());
    document.put("out", out.toString());
    document.put("size", result.size());
    document.put("bytesRead", result.bytesRead());
    document.put("guestBytesAllocated", result.guestBytesAllocated());
    document.put("digest", root);
    document.put("seconds", seconds);
    document.put("inflater", Codecs.chosen());
    document.put("hasher", LeafHasher.chosen());
    output.tell(
        System.out,
        document,
        () -> {
          System.out.println(
              Sizes.bytes(result.size())
                  + " disk, "
                  + Sizes.bytes(result.guestBytesAllocated())
                  + " of it stored, in "
                  + String.format(Locale.ROOT, "%.1f s", seconds)
                  + " ("
                  + Sizes.bytes((long) (result.guestBytesAllocated() / Math.max(seconds, 0.001)))
                  + "/s)");
          System.out.println("drover-disk-v1 " + root);
        });
  }
}
