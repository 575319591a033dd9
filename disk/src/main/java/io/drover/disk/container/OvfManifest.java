// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.StreamHash;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The manifest (.mf) of an OVF package: a checksum for each of its files. After DSP0243. */
public final class OvfManifest {
  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern LINE =
      Pattern.compile("(SHA1|SHA256|SHA512)\\s*\\(([^)]*)\\)\\s*=\\s*([0-9A-Fa-f]+)\\s*");

  private final Map<String, Sum> sums;

  /**
   * A checksum.
   *
   * @param hash its kind
   * @param hex its value in lower case
   */
  public record Sum(StreamHash hash, String hex) {}

  private OvfManifest(Map<String, Sum> sums) {
    this.sums = sums;
  }

  /**
   * Parses a manifest.
   *
   * @param name of its file, for messages
   * @throws DiskFormatException where a line is none of a manifest's
   */
  public static OvfManifest parse(String name, byte[] bytes) throws DiskFormatException {
    if (bytes.length > MAX_BYTES) {
      throw new DiskFormatException(
          name + " has " + bytes.length + " bytes, more than " + MAX_BYTES,
          "Check that the file is an OVF manifest.");
    }
    Map<String, Sum> sums = new TreeMap<>();
    int number = 0;
    for (String line : new String(bytes, StandardCharsets.UTF_8).split("\\R", -1)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      Matcher matcher = LINE.matcher(line.strip());
      if (!matcher.matches()) {
        throw new DiskFormatException(
            "Line " + number + " of " + name + " is not \"SHA256(file)= digest\"",
            "Export the package again.");
      }
      StreamHash hash = StreamHash.valueOf(matcher.group(1));
      String hex = matcher.group(3).toLowerCase(Locale.ROOT);
      if (hex.length() != hash.newDigest().getDigestLength() * 2) {
        throw new DiskFormatException(
            "Line " + number + " of " + name + " has " + hex.length() + " digits for a " + hash,
            "Export the package again.");
      }
      sums.put(matcher.group(2).strip(), new Sum(hash, hex));
    }
    return new OvfManifest(Map.copyOf(sums));
  }

  /** The checksum of each file, by name. */
  public Map<String, Sum> sums() {
    return sums;
  }

  /**
   * Compares a small file that is there as a whole, such as the descriptor; one that the manifest
   * does not name is passed over.
   *
   * @throws DiskFormatException where the checksums differ
   */
  public void check(String file, byte[] content) throws DiskFormatException {
    Sum sum = sums.get(file);
    if (sum != null) {
      byte[] digest = sum.hash().newDigest().digest(content);
      check(file, Map.of(sum.hash(), HexFormat.of().formatHex(digest)));
    }
  }

  /**
   * The checksum of a disk's file.
   *
   * @throws DiskFormatException where the manifest does not name it: nothing would be compared
   */
  public Sum sum(String file) throws DiskFormatException {
    Sum sum = sums.get(file);
    if (sum == null) {
      throw new DiskFormatException(
          "The manifest has no checksum of " + file + ", a disk of its package",
          "Export the package again; without its manifest it is converted, and not compared.");
    }
    return sum;
  }

  /**
   * Compares a file that was received.
   *
   * @param hashes what was computed over its bytes
   * @throws DiskFormatException where the checksums differ, the right kind was not computed, or the
   *     manifest does not name the file
   */
  public void check(String file, Map<StreamHash, String> hashes) throws DiskFormatException {
    Sum sum = sum(file);
    String computed = hashes.get(sum.hash());
    if (computed == null) {
      throw new DiskFormatException(
          "The manifest has a " + sum.hash() + " of " + file + ", which was not computed",
          "Ask for " + sum.hash() + " when reading the stream.");
    }
    if (!sum.hex().equals(computed)) {
      throw new DiskFormatException(
          "The "
              + sum.hash()
              + " of "
              + file
              + " is "
              + computed
              + ", the manifest says "
              + sum.hex(),
          "The file was damaged on its way: transfer it again.");
    }
  }
}
