// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.bench;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskImages;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.InPlaceWriter;
import io.drover.disk.raw.RawWriter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * One conversion as a process of its own, for {@code disk/bench/run}: IMAGE OUT FORMAT [digest].
 * Says by what.
 */
final class BenchConvert {
  private BenchConvert() {}

  public static void main(String[] args) throws Exception {
    Path out = Path.of(args[1]);
    boolean digest = args.length > 3 && args[3].equals("digest");
    ConversionResult result =
        Conversion.of(DiskImages.source(Path.of(args[0])), sink(args[2], out)).digest(digest).run();
    System.out.println(
        Codecs.chosen()
            + " "
            + (digest ? LeafHasher.chosen() : "-")
            + " "
            + result.guestBytesAllocated()
            + " "
            + (result.digest() == null ? "-" : result.digest()));
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
