// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.raw.RawStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover verify}: the digest of what the guest sees, of one image or two to compare. */
@Command(
    name = "verify",
    description =
        "Digest what the guest sees (drover-disk-v1); compare two images, or one with a digest.")
public final class VerifyCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "A VMDK, qcow2 or raw image.")
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

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    try {
      DiskDigest mine = digest(image);
      String difference = difference(mine);
      print(mine, difference);
      return difference.isEmpty() ? Exit.OK : Exit.CORRUPT;
    } catch (DiskFormatException e) {
      throw new Failure(Exit.CORRUPT, String.valueOf(e.getMessage()));
    } catch (NoSuchFileException e) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + e.getFile() + ".");
    }
  }

  private String difference(DiskDigest mine) throws IOException {
    if (expected != null && !expected.equalsIgnoreCase(mine.root())) {
      return "expected the digest " + expected + ", but it is " + mine.root();
    }
    if (other == null) {
      return "";
    }
    DiskDigest theirs = digest(other);
    if (mine.equals(theirs)) {
      return "";
    }
    return mine.size() != theirs.size()
        ? "sizes differ: " + mine.size() + " and " + theirs.size() + " bytes"
        : "bytes differ in " + mine.differences(theirs);
  }

  private void print(DiskDigest mine, String difference) {
    if (json) {
      var document = new LinkedHashMap<String, Object>();
      document.put("image", image.toString());
      document.put("algorithm", DiskDigest.NAME);
      document.put("size", mine.size());
      document.put("digest", mine.root());
      document.put("equal", difference.isEmpty());
      document.put("difference", difference);
      System.out.println(Output.json(document));
      return;
    }
    System.out.println(
        DiskDigest.NAME + " " + mine.root() + "  " + mine.size() + " bytes  " + image);
    if (!difference.isEmpty()) {
      System.out.println("NOT EQUAL: " + difference);
    } else if (other != null || expected != null) {
      System.out.println("equal");
    }
  }

  private static DiskDigest digest(Path path) throws IOException {
    try (ExtentSource source = Images.source(path, EnumSet.noneOf(StreamHash.class))) {
      ConversionResult result =
          Conversion.of(source, RawStream.raw(RawStream.channel(OutputStream.nullOutputStream())))
              .run();
      DiskDigest digest = result.digest();
      if (digest == null) {
        throw new IllegalStateException("A conversion with a digest has one");
      }
      return digest;
    }
  }
}
