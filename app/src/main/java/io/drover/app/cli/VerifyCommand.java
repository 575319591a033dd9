// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.disk.Conversion;
import io.drover.disk.DiskImages;
import io.drover.disk.container.DiskChoiceException;
import io.drover.disk.digest.ByteRange;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.raw.RawDisk;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover verify}: the digest of what the guest sees, of one image or two to compare. */
@Command(
    name = "verify",
    description =
        "Digest what the guest sees (drover-disk-v1); compare two images, or one with a digest.",
    footer = {
      "",
      "Examples:",
      "  drover verify shop-db-01.ova --disk 1",
      "  drover verify shop-db-01.vmdk shop-db-01.qcow2",
      "  drover verify /dev/rbd0 --size 40G --digest 5f70bf18...",
    })
public final class VerifyCommand implements Callable<Integer> {
  private static final Pattern ROOT = Pattern.compile("[0-9a-fA-F]{64}");
  private static final int SHOWN = 8;

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description =
          "A VMDK (sparse, flat, split or streamOptimized), OVA, OVF (its files beside it), qcow2"
              + " or raw image.")
  private Path image = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OTHER",
      description = "Another image that must be equal.")
  private @Nullable Path other;

  @Option(
      names = "--digest",
      paramLabel = "HEX",
      description = "The root that the image must have.")
  private @Nullable String expected;

  @Option(
      names = "--disk",
      paramLabel = "NAME",
      description =
          "Which disk of an OVA or OVF, by its file, id or number from 1; needed where it has"
              + " several.")
  private @Nullable String disk;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      converter = ByteCount.class,
      description =
          "How much of a raw image or block device is the disk: a volume may be larger (default:"
              + " all of it).")
  private @Nullable Long size;

  @Mixin private Output output = new Output();

  @Option(names = "--json", description = "The same as -o json.")
  void json(boolean asked) {
    if (asked) {
      output.asJson();
    }
  }

  @Override
  public Integer call() {
    if (expected != null && !ROOT.matcher(expected).matches()) {
      throw new Failure(
          Exit.USAGE, "Expected a --digest of 64 hexadecimal digits, but " + expected + ".");
    }
    if (size != null && size < 1) {
      throw new Failure(Exit.USAGE, "Expected a --size of at least 1 byte, but " + size + ".");
    }
    check(other == null ? List.of(image) : List.of(image, other));
    DiskDigest mine = digest(image);
    DiskDigest theirs = other == null || !asExpected(mine) ? null : digest(other);
    List<ByteRange> ranges =
        theirs == null || theirs.size() != mine.size() ? List.of() : mine.differences(theirs);
    String difference = difference(mine, theirs, ranges);
    print(mine, difference, ranges);
    return difference.isEmpty() ? Exit.OK : Exit.CORRUPT;
  }

  /**
   * What would do nothing is a mistake; told before the first image is read, which may take long.
   */
  private void check(List<Path> images) {
    var formats = EnumSet.noneOf(DiskImages.Format.class);
    for (Path one : images) {
      ImageArgument.check(one);
      try {
        formats.add(DiskImages.probe(one));
      } catch (IOException e) {
        throw new Failure(
            FileTrouble.exit(e), one + " was not verified: " + FileTrouble.of(e) + ".");
      }
    }
    if (size != null && !formats.contains(DiskImages.Format.RAW)) {
      throw ConvertCommand.useless("--size", "a raw image", images);
    }
    ConvertCommand.refuseDiskOf(images, formats, disk);
  }

  private boolean asExpected(DiskDigest mine) {
    return expected == null || expected.equalsIgnoreCase(mine.root());
  }

  private String difference(DiskDigest mine, @Nullable DiskDigest theirs, List<ByteRange> ranges) {
    if (!asExpected(mine)) {
      return "expected the digest " + expected + ", but it is " + mine.root();
    }
    if (theirs == null || mine.equals(theirs)) {
      return "";
    }
    String matched = expected == null ? "" : "the digest is as expected, but ";
    if (mine.size() != theirs.size()) {
      return matched
          + "sizes differ: "
          + mine.size()
          + " and "
          + theirs.size()
          + " bytes; where a raw one is a volume larger than its disk, add --size "
          + Math.min(mine.size(), theirs.size());
    }
    int more = ranges.size() - SHOWN;
    return matched
        + "bytes differ in "
        + ranges.stream().limit(SHOWN).map(ByteRange::toString).collect(Collectors.joining(", "))
        + (more <= 0 ? "" : " and " + more + " more ranges");
  }

  private void print(DiskDigest mine, String difference, List<ByteRange> ranges) {
    ObjectNode document = Json.mapper().createObjectNode();
    document.put("image", image.toString());
    document.put("algorithm", DiskDigest.NAME);
    document.put("size", mine.size());
    document.put("digest", mine.root());
    document.put("compared", other != null || expected != null);
    if (other != null || expected != null) {
      document.put("equal", difference.isEmpty());
    }
    document.put("difference", difference);
    ArrayNode differing = document.putArray("ranges");
    ranges.forEach(
        range -> differing.addObject().put("offset", range.offset()).put("length", range.length()));
    output.tell(
        System.out,
        document,
        () -> {
          System.out.println(
              DiskDigest.NAME
                  + " "
                  + mine.root()
                  + "  "
                  + mine.size()
                  + " bytes  "
                  + Failure.printable(image.toString()));
          if (!difference.isEmpty()) {
            System.out.println("NOT EQUAL: " + difference);
          } else if (other != null || expected != null) {
            System.out.println("equal");
          }
        });
  }

  private ExtentSource source(Path path) throws IOException {
    if (size == null || DiskImages.probe(path) != DiskImages.Format.RAW) {
      return DiskImages.source(path, disk);
    }
    // It refuses what is no raw disk but a damaged image, or one of a format that is not read.
    DiskImages.open(path).close();
    return Conversion.disk(RawDisk.open(path, size));
  }

  private DiskDigest digest(Path path) {
    long begun = System.nanoTime();
    try (ExtentSource source = source(path);
        var bar = new ProgressBar(System.err, output.forPeople() ? source.size() : 0, begun)) {
      DiskDigest digest =
          Conversion.of(source, new DigestOnly())
              .progress((read, done) -> bar.show(done))
              .run()
              .digest();
      if (digest == null) {
        throw new IllegalStateException("A conversion with a digest has one");
      }
      return digest;
    } catch (DiskChoiceException e) {
      throw new Failure(Exit.USAGE, path + ": " + e.getMessage() + " (--disk)");
    } catch (DiskFormatException e) {
      throw new Failure(Exit.CORRUPT, path + ": " + e.getMessage());
    } catch (NoSuchFileException e) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + e.getFile() + ".");
    } catch (IOException e) {
      throw new Failure(
          FileTrouble.exit(e), path + " was not verified: " + FileTrouble.of(e) + ".");
    }
  }
}
