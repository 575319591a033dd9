// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.console.Sizes;
import io.drover.disk.DiskImages;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.ForwardFile;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.InPlaceWriter;
import io.drover.disk.raw.RawStream;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.vmdk.VmdkStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code drover convert} writes and how: the options about it, checked against each other. */
final class ConvertTarget {
  /** Grains of a streamOptimized VMDK, and the only clusters that they fit. */
  static final int GRAIN = 64 << 10;

  private static final int FAST = 1;

  /** Endings of what is not written, which would name a qcow2 image as something else. */
  private static final Pattern OTHERS =
      Pattern.compile("(?i).*\\.(vhdx?|vdi|qed|ova|ovf|iso|gz|xz|bz2|lz4|zip|tar)");

  private static final Path DEVICES = Path.of("/dev");

  /** A folder for files in memory. */
  private static final Path MEMORY = DEVICES.resolve("shm");

  /** What can be written. */
  enum To {
    qcow2,
    qcow2_zlib,
    qcow2_zstd,
    raw,
    raw_zst,
    vmdk
  }

  @Option(
      names = "--to",
      description =
          "${COMPLETION-CANDIDATES}; by the ending of OUT if left out: .raw and .img are raw, .zst"
              + " is raw_zst, .vmdk is vmdk (streamOptimized; -flat.vmdk is raw); .vhd, .ova, .gz and"
              + " the like are refused, all else is qcow2. An OUT that is named .qcow2, .zst or .vmdk"
              + " is refused where --to says another, except with --in-place.")
  private @Nullable To to;

  @Option(
      names = "--cluster-size",
      paramLabel = "BYTES",
      converter = ByteCount.class,
      description = "Of a qcow2 image, a power of two from 4K to 2M (default: 64K).")
  private @Nullable Long clusterSize;

  @Option(
      names = "--rewrap",
      description =
          "Move the deflated grains of a streamOptimized VMDK into a qcow2 image as they are, each"
              + " inflated and checked beside. Only for readers that inflate a cluster in one call,"
              + " as QEMU does: the one named by --reader is tested first.")
  private boolean rewrap;

  @Option(
      names = "--reader",
      paramLabel = "COMMAND",
      description =
          "The qemu-img that will read what was rewrapped, such as a script that runs it in its"
              + " image (default: qemu-img).")
  private @Nullable String reader;

  @Option(
      names = "--in-place",
      description =
          "Write raw into OUT as it is there, a block device or the file of a volume: what the disk"
              + " does not store is made zeros, what lies behind it is left alone. A file that holds"
              + " a qcow2 or VMDK, or is named as an image, is refused without --to raw.")
  private boolean inPlace;

  /** What is written to this file. */
  To format(Path out) {
    if (to != null) {
      return to;
    }
    if (inPlace) {
      return To.raw;
    }
    To named = named(out);
    return named == null ? To.qcow2 : named;
  }

  /** What its ending says; null where that is nothing. */
  private static @Nullable To named(Path out) {
    String name = String.valueOf(out.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith("-flat.vmdk")) {
      return To.raw;
    }
    return switch (name.substring(Math.max(0, name.lastIndexOf('.')))) {
      case ".zst" -> To.raw_zst;
      case ".vmdk" -> To.vmdk;
      case ".qcow2" -> To.qcow2;
      case ".raw", ".img" -> To.raw;
      default -> null;
    };
  }

  /** Refuses options that do not go together, and an OUT that cannot be written. */
  void check(Path out, boolean force) {
    Matcher other = otherName(out);
    if ((to == null || to == To.raw) && !inPlace && other.matches()) {
      throw new Failure(
          Exit.USAGE,
          "Expected OUT to be named as what is written, but ."
              + other.group(1).toLowerCase(Locale.ROOT)
              + " is not: name it .qcow2, .raw, .zst or .vmdk.");
    }
    To format = format(out);
    boolean qcow2 = format.name().startsWith(To.qcow2.name());
    if ((rewrap || clusterSize != null) && !qcow2) {
      throw new Failure(
          Exit.USAGE,
          "Expected a qcow2 image for "
              + (rewrap ? "--rewrap" : "--cluster-size")
              + ", but OUT is "
              + format
              + ".");
    }
    if (rewrap && (format == To.qcow2_zstd || clusterBytes() != GRAIN)) {
      throw new Failure(
          Exit.USAGE,
          "Expected zlib clusters of 64K for --rewrap, but "
              + (format == To.qcow2_zstd ? format : Sizes.bytes(clusterBytes()))
              + ".");
    }
    if (reader != null && !rewrap) {
      throw new Failure(Exit.USAGE, "Expected --rewrap beside --reader, but it is not given.");
    }
    if (inPlace && format != To.raw) {
      throw new Failure(Exit.USAGE, "Expected raw for --in-place, but " + format + ".");
    }
    To named = named(out);
    // A reader that goes by the name would refuse it; qcow2 often bears .img or .raw.
    if (to != null
        && !inPlace
        && named != null
        && named != To.raw
        && !to.name().startsWith(named.name())) {
      throw new Failure(
          Exit.USAGE,
          "Expected OUT to be named as what is written, but it is named as "
              + named
              + " where --to says "
              + to
              + ": name it otherwise, or leave --to out.");
    }
    if (inPlace && Files.isDirectory(out)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected a block device or the file of a volume, but " + out + " is a folder.");
    }
    if (inPlace && !Files.exists(out)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected to write into " + out + ", but it is not there: make the volume first.");
    }
    if (inPlace) {
      refuseImage(out);
      refuseUsed(out);
    }
    if (!inPlace && !Files.exists(out) && isDevice(out)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected a file, but "
              + out
              + " would be a device, and is not there: see what it is called, and add --in-place.");
    }
    if (!inPlace && Files.isSymbolicLink(out) && !Files.exists(out)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected to write a file, but " + out + " is a link to none: name the file itself.");
    }
    if (!inPlace && Files.exists(out) && !Files.isRegularFile(out)) {
      throw new Failure(
          Exit.REFUSED,
          "Expected to write a file, but "
              + out
              + (Files.isDirectory(out)
                  ? " is a folder: name the file in it."
                  : " is none; --in-place writes into a block device."));
    }
    if (!inPlace && Files.exists(out) && !force) {
      throw new Failure(Exit.REFUSED, out + " is there already; --force replaces it.");
    }
  }

  /** Whether it is among the devices, where a file would take memory that nobody means to give. */
  private static boolean isDevice(Path out) {
    Path path = out.toAbsolutePath().normalize();
    return path.startsWith(DEVICES) && !path.startsWith(MEMORY);
  }

  /** A volume is raw: an image is meant where its file is named as one, or holds one. */
  private void refuseImage(Path out) {
    try {
      if (!Files.isRegularFile(out)) {
        if (!FileType.isBlockDevice(out)) {
          throw noVolume(out, "is neither: see that it is the right one");
        }
        return;
      }
      DiskImages.Format held = DiskImages.probe(out);
      boolean holds = held == DiskImages.Format.QCOW2 || held == DiskImages.Format.VMDK;
      To named = named(out);
      if (to == null && (holds || (named == null ? otherName(out).matches() : named != To.raw))) {
        throw noVolume(
            out,
            (holds ? "holds a " + held + " image" : "is named as an image")
                + ": leave --in-place out to write an image, or add --to raw to write over it");
      }
    } catch (IOException e) {
      throw new Failure(
          FileTrouble.exit(e), "What " + out + " is cannot be seen: " + FileTrouble.of(e) + ".");
    }
  }

  private static Failure noVolume(Path out, String but) {
    return new Failure(
        Exit.REFUSED,
        "Expected a block device or the raw file of a volume for --in-place, but "
            + out
            + " "
            + but
            + ".");
  }

  private static Matcher otherName(Path out) {
    return OTHERS.matcher(String.valueOf(out.getFileName()));
  }

  private static void refuseUsed(Path device) {
    try {
      String use = DeviceUse.of(device);
      if (use != null) {
        throw new Failure(
            Exit.REFUSED,
            "Expected a device that nothing uses, but "
                + device
                + " is "
                + use
                + ": see that it is the right one, and end that first.");
      }
    } catch (IOException e) {
      throw new Failure(
          FileTrouble.exit(e),
          "What uses " + device + " cannot be seen: " + FileTrouble.of(e) + ".");
    }
  }

  /** The reader that must be tested first; null where nothing hangs on it. */
  @Nullable String reader() {
    return rewrap ? Objects.requireNonNullElse(reader, "qemu-img") : null;
  }

  /** Whether an attempt that was interrupted can be gone on with. */
  boolean resumable(Path out) {
    return !inPlace
        && switch (format(out)) {
          case qcow2, qcow2_zlib, qcow2_zstd, raw -> true;
          case raw_zst, vmdk -> false;
        };
  }

  /** Whether OUT is written as it is there. */
  boolean inPlace() {
    return inPlace;
  }

  /**
   * Opens nothing but a volume that is written in place.
   *
   * @param out names the format
   * @param file is written
   * @throws Failure where this source cannot be written so
   * @throws io.drover.disk.image.InUseException where somebody else writes the volume
   */
  ExtentSink sink(ExtentSource source, Path out, Path file) throws IOException {
    if (rewrap && source.part() != GRAIN) {
      throw new Failure(
          Exit.REFUSED,
          "Expected a streamOptimized VMDK of 64K grains for --rewrap, but "
              + (source.part() == 0
                  ? "IN is none."
                  : "its grains have " + source.part() + " bytes."));
    }
    if (inPlace) {
      return new InPlaceWriter(file, false);
    }
    return switch (format(out)) {
      case qcow2 -> qcow2(file, rewrap ? Qcow2Options.rewrap() : Qcow2Options.plain());
      case qcow2_zlib -> qcow2(file, rewrap ? Qcow2Options.rewrap() : Qcow2Options.zlib());
      case qcow2_zstd -> qcow2(file, Qcow2Options.zstd());
      case raw -> new RawWriter(file, true);
      case raw_zst -> new ForwardFile(file, true, channel -> RawStream.zstd(channel, FAST));
      case vmdk -> new ForwardFile(file, true, channel -> new VmdkStream(channel, FAST));
    };
  }

  private ExtentSink qcow2(Path file, Qcow2Options options) {
    return new Qcow2Writer(file, options.withClusterBytes(clusterBytes()));
  }

  private int clusterBytes() {
    if (clusterSize == null) {
      return GRAIN;
    }
    if (Long.bitCount(clusterSize) != 1 || clusterSize < 4 << 10 || clusterSize > 2 << 20) {
      throw new Failure(
          Exit.USAGE,
          "Expected a --cluster-size that is a power of two from 4K to 2M, but "
              + Sizes.bytes(clusterSize)
              + ".");
    }
    return clusterSize.intValue();
  }
}
