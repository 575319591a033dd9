// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.console.Sizes;
import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskImages;
import io.drover.disk.codec.Codecs;
import io.drover.disk.container.DiskChoiceException;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.InUseException;
import io.drover.disk.image.PartialFile;
import io.drover.disk.image.ReplacedFileException;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Workers;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover convert}: any supported image to any other, checked and digested on the way. */
@Command(
    name = "convert",
    description = "Convert a disk image, check it on the way, and digest what the guest sees.",
    footer = {
      "",
      "Examples:",
      "  drover convert shop-db-01.vmdk shop-db-01.qcow2",
      "  drover convert shop-db-01.ova data.raw.zst --disk 2",
      "  drover convert shop-db-01.ovf /dev/rbd0 --in-place",
    })
public final class ConvertCommand implements Callable<Integer> {
  private static final long LEAST_MEMORY = Conversion.LEAST_MEMORY >> 20;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description =
          "A VMDK (sparse, flat, split or streamOptimized), OVA, OVF (its files beside it), qcow2"
              + " or raw image.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "File to write.")
  private Path out = Path.of("");

  @Mixin private ConvertTarget target = new ConvertTarget();

  @Option(
      names = "--disk",
      paramLabel = "NAME",
      description =
          "Which disk of an OVA or OVF, by its file, id or number from 1; needed where it has"
              + " several.")
  private @Nullable String disk;

  @Option(
      names = "--workers",
      description = "Threads (default: one a core, or as many as the memory is enough for).")
  private @Nullable Integer workers;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description = "What its buffers may take (default: ${DEFAULT-VALUE} MiB).")
  private int memory = (int) (Conversion.MEMORY >> 20);

  @Option(names = "--force", description = "Replace OUT if it is there.")
  private boolean force;

  @Option(
      names = "--anew",
      description =
          "Begin anew, over an OUT.partial that nothing tells to be ours too. Otherwise an attempt"
              + " that was interrupted is gone on with where its image and journal are there"
              + " (OUT.partial and OUT.journal, of qcow2 and raw) and IN is the same.")
  private boolean anew;

  @Mixin private Output output = new Output();

  @Option(names = "--json", description = "The same as -o json.")
  void json(boolean asked) {
    if (asked) {
      output.asJson();
    }
  }

  @Override
  public Integer call() {
    ImageArgument.refuseNone("written", out);
    check();
    if (target.inPlace() && (force || anew)) {
      throw new Failure(
          Exit.USAGE,
          "Expected no "
              + (force ? "--force" : "--anew")
              + " beside --in-place, but it is given: what is written in place is always written"
              + " anew, over what is there.");
    }
    spareItself();
    target.check(out, force);
    Path file = file();
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new Failure(Exit.CONFIGURATION, "There is no folder " + folder + " to write into.");
    }
    String reader = target.reader();
    if (reader != null) {
      ReaderProof.demand(reader, folder);
    }
    try (var interruption = new Interruption()) {
      try {
        convert(file, interruption);
        return Exit.OK;
      } catch (Failure e) {
        if (!interruption.asked()) {
          throw e;
        }
        // Said here: the process ends before anybody else could.
        System.err.println("drover: " + e.getMessage());
        return Exit.INTERRUPTED;
      }
    }
  }

  /** What is written: OUT, or the file that it is a link to. */
  private Path file() {
    try {
      return target.inPlace() || !Files.isSymbolicLink(out) ? out : out.toRealPath();
    } catch (IOException e) {
      throw new Failure(FileTrouble.exit(e), "OUT cannot be followed: " + FileTrouble.of(e) + ".");
    }
  }

  private void convert(Path file, Interruption interruption) {
    long begun = System.nanoTime();
    try {
      refuseDiskOf(List.of(in), EnumSet.of(DiskImages.probe(in)), disk);
      spareSource(file);
      ConversionResult result;
      String earlierAttempt = "";
      if (target.inPlace()) {
        result = convert(begun, file, null, interruption);
      } else {
        boolean killed = Files.exists(OutLock.of(file), LinkOption.NOFOLLOW_LINKS);
        try (var lock = OutLock.take(file);
            var replaced = OutLock.takeReplaced(file);
            var earlier = EarlierAttempt.of(file, killed, anew)) {
          result = convert(begun, file, earlier, interruption);
          earlierAttempt = earlier.told(result);
        }
      }
      report(result, earlierAttempt, (System.nanoTime() - begun) / 1e9);
    } catch (NoSuchFileException e) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + e.getFile() + ".");
    } catch (FileAlreadyExistsException e) {
      throw new Failure(Exit.REFUSED, in + " was not converted: " + e.getMessage() + ".");
    } catch (DiskChoiceException e) {
      throw new Failure(Exit.USAGE, in + ": " + e.getMessage() + " (--disk)");
    } catch (DiskFormatException e) {
      throw new Failure(Exit.CORRUPT, in + ": " + e.getMessage());
    } catch (InUseException e) {
      throw new Failure(Exit.REFUSED, e.getMessage() + ".");
    } catch (IOException e) {
      throw new Failure(FileTrouble.exit(e), in + " was not converted: " + FileTrouble.of(e) + ".");
    }
  }

  /** {@code --disk} of what is no package would do nothing. */
  static void refuseDiskOf(
      List<Path> images, Set<DiskImages.Format> formats, @Nullable String disk) {
    if (disk != null
        && !formats.contains(DiskImages.Format.OVA)
        && !formats.contains(DiskImages.Format.OVF)) {
      throw useless("--disk", "an OVA or OVF", images);
    }
  }

  /** An option that would do nothing is a mistake. */
  static Failure useless(String option, String wanted, List<Path> images) {
    return new Failure(
        Exit.USAGE,
        "Expected "
            + wanted
            + " for "
            + option
            + ", but "
            + images.stream().map(Path::toString).collect(Collectors.joining(" and "))
            + (images.size() == 1 ? " is none." : " are none."));
  }

  /** What is read must not be written over, whatever its name is here. */
  private void spareSource(Path file) throws IOException {
    List<Path> written =
        target.inPlace()
            ? List.of(file)
            : List.of(
                file, PartialFile.partialOf(file), EarlierAttempt.journal(file), OutLock.of(file));
    for (Path source : DiskImages.files(in, disk)) {
      for (Path one : written) {
        if (Files.exists(one) && Files.isSameFile(source, one)) {
          throw overwritten(Files.isSameFile(source, in) ? "it" : source + ", a part of it,");
        }
      }
    }
  }

  /**
   * Refuses an OUT that is IN before {@code --force} is advised; of its parts more is to be read.
   */
  private void spareItself() {
    try {
      if (Files.exists(out) && Files.isSameFile(in, out)) {
        throw overwritten("it");
      }
    } catch (IOException e) {
      throw new Failure(FileTrouble.exit(e), in + " was not converted: " + FileTrouble.of(e) + ".");
    }
  }

  private Failure overwritten(String what) {
    return new Failure(
        Exit.REFUSED,
        "Expected to convert "
            + in
            + ", but "
            + what
            + " would be overwritten: name OUT otherwise.");
  }

  private void check() {
    if (workers != null && workers < 1) {
      throw new Failure(Exit.USAGE, "Expected --workers of at least 1, but it is " + workers + ".");
    }
    long least =
        workers == null ? LEAST_MEMORY : Math.max(LEAST_MEMORY, Workers.least(workers) >> 20);
    if (memory < least) {
      throw new Failure(
          Exit.USAGE,
          "Expected --memory of at least "
              + least
              + " MiB"
              + (least > LEAST_MEMORY ? " for " + workers + " workers" : "")
              + ", but it is "
              + memory
              + ".");
    }
    ImageArgument.check(in);
  }

  private int threads() {
    return workers == null ? Workers.within((long) memory << 20) : workers;
  }

  /**
   * Converts.
   *
   * @param earlier what is gone on with; null where nothing can be
   */
  private ConversionResult convert(
      long begun, Path file, @Nullable EarlierAttempt earlier, Interruption interruption)
      throws IOException {
    var written = new AtomicBoolean();
    try {
      if (earlier != null && (anew || !target.resumable(out))) {
        earlier.forget();
      }
      // Taken before anything is read: what changes from now on must not pass for the same.
      String key = DiskImages.key(in, disk);
      try (var pool = new Workers(threads());
          ExtentSource source = DiskImages.source(in, disk);
          ExtentSink sink = target.sink(source, out, file);
          var bar = new ProgressBar(System.err, output.forPeople() ? source.size() : 0, begun)) {
        Conversion conversion =
            Conversion.of(source, sink)
                .workers(pool)
                .memory((long) memory << 20)
                .stop(interruption::asked)
                .progress((read, done) -> {
                  written.set(true);
                  bar.show(done);
                });
        if (earlier != null && target.resumable(out)) {
          earlier.resume(conversion, source, key);
        }
        return conversion.run();
      }
    } catch (DiskFormatException e) {
      throw new Failure(
          Exit.CORRUPT,
          in
              + ": "
              + e.getMessage()
              + (earlier == null ? leftInPlace(written.get()) : earlier.leftByDamage()));
    } catch (NoSuchFileException
        | FileAlreadyExistsException
        | InUseException
        | ReplacedFileException
        | DiskChoiceException e) {
      throw e;
    } catch (IOException e) {
      throw new Failure(
          FileTrouble.exit(e),
          in
              + " was not converted: "
              + FileTrouble.of(e)
              + "."
              + (earlier == null ? leftInPlace(written.get()) : earlier.left()));
    }
  }

  private String leftInPlace(boolean written) {
    return written ? " " + out + " may hold a part of it: convert again before it is used." : "";
  }

  private void report(ConversionResult result, String earlierAttempt, double seconds) {
    String root = result.digest() == null ? "" : result.digest().root();
    ObjectNode document = Json.mapper().createObjectNode();
    document.put("in", in.toString());
    document.put("out", out.toString());
    document.put("format", target.format(out).name());
    document.put("size", result.size());
    document.put("bytesRead", result.bytesRead());
    document.put("guestBytesAllocated", result.guestBytesAllocated());
    document.put("resumed", result.guestBytesPassedOver() > 0);
    document.put("guestBytesPassedOver", result.guestBytesPassedOver());
    document.put("digest", root);
    document.put("seconds", seconds);
    document.put("workers", threads());
    document.put("bufferBytes", result.bufferBytes());
    document.put("inflater", Codecs.chosen());
    document.put("hasher", LeafHasher.chosen());
    output.tell(
        System.out,
        document,
        () -> {
          System.out.println(
              "Wrote "
                  + target.format(out)
                  + ": "
                  + Sizes.bytes(result.size())
                  + " disk, "
                  + Sizes.bytes(result.guestBytesAllocated())
                  + " of it stored, in "
                  + String.format(Locale.ROOT, "%.1f s", seconds)
                  + rate(result, seconds));
          if (!earlierAttempt.isEmpty()) {
            System.out.println(earlierAttempt);
          }
          System.out.println("drover-disk-v1 " + root);
        });
  }

  /** What an earlier attempt stored says nothing of this one's rate. */
  private static String rate(ConversionResult result, double seconds) {
    return result.guestBytesPassedOver() > 0
        ? ""
        : " ("
            + Sizes.bytes((long) (result.guestBytesAllocated() / Math.max(seconds, 0.001)))
            + "/s)";
  }
}
