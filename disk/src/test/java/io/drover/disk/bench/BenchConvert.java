// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.bench;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskImages;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.InPlaceWriter;
import io.drover.disk.raw.RawWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One conversion as a process of its own, for {@code disk/bench/run}: IMAGE OUT FORMAT [digest], or
 * https://... OUT FORMAT CERTIFICATE. Says what it took.
 */
final class BenchConvert {
  private BenchConvert() {}

  public static void main(String[] args) throws Exception {
    Path out = Path.of(args[1]);
    boolean digest = args.length > 3 && args[3].equals("digest");
    ConversionResult result = Conversion.of(source(args), sink(args[2], out)).digest(digest).run();
    System.out.println(
        Codecs.chosen()
            + " "
            + (digest ? LeafHasher.chosen() : "-")
            + " "
            + result.guestBytesAllocated()
            + " "
            + (result.digest() == null ? "-" : result.digest()));
    double gib = result.guestBytesAllocated() / (double) (1L << 30);
    double cpu = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    System.out.printf(
        Locale.ROOT,
        "%.2f CPU s for a GiB of guest data, at most %d MiB resident.%n",
        cpu / gib,
        resident() >> 10);
  }

  private static ExtentSource source(String[] args) throws Exception {
    return args[0].startsWith("https:")
        ? Conversion.streamOptimized(
            BenchDownload.open(URI.create(args[0]), Path.of(args[3])), Set.of())
        : DiskImages.source(Path.of(args[0]));
  }

  /** The most memory this process had, in KiB; 0 where the system does not say. */
  private static long resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    }
  }

  private static ExtentSink sink(String format, Path out) throws IOException {
    return switch (format) {
      // Into a file that is there and has room, as a volume.
      case "in-place" -> new InPlaceWriter(out, false);
      case "in-place-again" -> new InPlaceWriter(out, false).passOverWhatIsThere();
      case "raw" -> new RawWriter(out, false);
      case "plain" -> new Qcow2Writer(out, Qcow2Options.plain().withDurable(false));
      case "zlib" -> new Qcow2Writer(out, Qcow2Options.zlib().withDurable(false));
      case "zstd" -> new Qcow2Writer(out, Qcow2Options.zstd().withDurable(false));
      case "rewrap" -> new Qcow2Writer(out, Qcow2Options.rewrap().withDurable(false));
      case "rewrap-unchecked" ->
          new Qcow2Writer(out, Qcow2Options.rewrapUnchecked().withDurable(false));
      default -> throw new IllegalArgumentException("No format " + format);
    };
  }
}
