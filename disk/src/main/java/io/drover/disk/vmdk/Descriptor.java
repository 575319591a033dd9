// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import io.drover.disk.image.DiskFormatException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text part of a VMDK: its kind, its parent, its extents. Refuses, by name, disks that are not
 * whole by themselves.
 *
 * @param createType kind of the disk, as written
 * @param parentCid content id of the parent, ffffffff for none
 * @param extents the extent lines, in guest order
 * @param settings every {@code key = value}, keys in lower case, values without quotes
 */
record Descriptor(
    String createType, String parentCid, List<ExtentLine> extents, Map<String, String> settings) {

  /** Longest descriptor read, in bytes. */
  static final int MAX_BYTES = 1 << 20;

  private static final int MAX_EXTENTS = 65_536;
  private static final String NO_PARENT = "ffffffff";
  private static final Pattern EXTENT =
      Pattern.compile(
          "(?i)(RW|RDONLY|NOACCESS)\\s+(\\d{1,18})\\s+([A-Z0-9]+)(?:\\s+\"([^\"]*)\")?"
              // What stands here but is no offset that fits must not pass for none.
              + "(?:\\s+(\\d{1,18})(?:\\s.*)?)?");
  private static final Pattern ACCESS = Pattern.compile("(?i)(RW|RDONLY|NOACCESS)\\s");

  /** Settings that say what the disk is: of two that differ, one is wrong. */
  private static final Set<String> DECIDING = Set.of("createtype", "parentcid");

  private static final String DATABASE = "ddb.";
  private static final String COPY_AGAIN = "Copy the original descriptor again.";
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.:-]+");

  /**
   * One extent line.
   *
   * @param access RW, RDONLY or NOACCESS
   * @param sectors guest sectors
   * @param type FLAT, SPARSE, ZERO, VMFS and others
   * @param file name of the extent's file, empty for ZERO
   * @param offset sectors into that file, for flat extents
   */
  record ExtentLine(String access, long sectors, String type, String file, long offset) {}

  /** Whether these bytes look like a descriptor. */
  static boolean looksLike(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1).stripLeading();
    return text.regionMatches(true, 0, "# Disk DescriptorFile", 0, 21)
        // As VMDKstream, Red Hat's writer for vSphere, has it.
        || text.regionMatches(true, 0, "# Disk Descriptor File", 0, 22);
  }

  /**
   * Parses a descriptor.
   *
   * @param bytes the text, zeros after its end
   * @param at where it stands in the file
   * @throws DiskFormatException where it is none, or is of a delta link
   */
  static Descriptor parse(byte[] bytes, long at) throws DiskFormatException {
    int end = end(bytes);
    if (end > MAX_BYTES || !looksLike(bytes)) {
      throw new DiskFormatException(
          "The VMDK descriptor does not begin with \"# Disk DescriptorFile\"",
          at,
          DiskFormatException.NOWHERE,
          "Check that the file is a VMDK; export the disk again.");
    }
    Map<String, String> settings = new TreeMap<>();
    List<ExtentLine> extents = new ArrayList<>();
    for (String line :
        new String(bytes, 0, end, StandardCharsets.UTF_8).split("\\R", MAX_EXTENTS * 2)) {
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      Matcher extent = EXTENT.matcher(text);
      if (extent.matches()) {
        extents.add(
            new ExtentLine(
                extent.group(1).toUpperCase(Locale.ROOT),
                Long.parseLong(extent.group(2)),
                extent.group(3).toUpperCase(Locale.ROOT),
                extent.group(4) == null ? "" : extent.group(4),
                extent.group(5) == null ? 0 : Long.parseLong(extent.group(5))));
        continue;
      }
      int equals = text.indexOf('=');
      if (equals < 0 || ACCESS.matcher(text).lookingAt()) {
        // Passed over, an extent would be missing from the disk.
        throw new DiskFormatException(
            "The VMDK descriptor has a line that is neither an extent nor a setting: \""
                + (text.length() > 80 ? text.substring(0, 80) + "…" : text)
                + "\"",
            at,
            DiskFormatException.NOWHERE,
            COPY_AGAIN);
      }
      String key = text.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT);
      if (KEY.matcher(key).matches()) {
        String value = unquoted(text.substring(equals + 1).strip());
        String before = settings.putIfAbsent(key, value);
        if (before != null && DECIDING.contains(key) && !before.equalsIgnoreCase(value)) {
          throw new DiskFormatException(
              "The VMDK descriptor has two of " + key + ": " + before + " and " + value,
              at,
              DiskFormatException.NOWHERE,
              COPY_AGAIN);
        }
      }
    }
    Descriptor descriptor =
        new Descriptor(
            settings.getOrDefault("createtype", ""),
            settings.getOrDefault("parentcid", NO_PARENT).toLowerCase(Locale.ROOT),
            List.copyOf(extents),
            Map.copyOf(settings));
    descriptor.refuseDelta(at);
    return descriptor;
  }

  /**
   * Parses a descriptor that is a file of its own. An extent line that is lost from it would be
   * missing from the disk, and nothing else says how long that is.
   *
   * @param bytes the file, which may be filled up with zeros
   * @throws DiskFormatException as {@link #parse}, and where it was cut
   */
  static Descriptor whole(byte[] bytes) throws DiskFormatException {
    Descriptor descriptor = parse(bytes, 0);
    int end = end(bytes);
    for (int i = end; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        throw new DiskFormatException(
            "The VMDK descriptor has zero bytes in its text, where an extent may be lost",
            end,
            DiskFormatException.NOWHERE,
            COPY_AGAIN);
      }
    }
    // VMware and QEMU write it last.
    if (descriptor.settings.keySet().stream().noneMatch(key -> key.startsWith(DATABASE))) {
      throw new DiskFormatException(
          "The VMDK descriptor ends without its disk database, as one does that was cut",
          end,
          DiskFormatException.NOWHERE,
          "Copy the original descriptor again; one that was written by hand needs a last line such"
              + " as ddb.adapterType = \"lsilogic\".");
    }
    return descriptor;
  }

  /** Where its text ends. */
  private static int end(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return end;
  }

  private static String unquoted(String value) {
    int from = value.startsWith("\"") ? 1 : 0;
    int to = value.length() > from && value.endsWith("\"") ? value.length() - 1 : value.length();
    return value.substring(from, to);
  }

  private void refuseDelta(long at) throws DiskFormatException {
    if (!parentCid.equals(NO_PARENT) || settings.containsKey("parentfilenamehint")) {
      throw new DiskFormatException(
          "This VMDK is a delta link (parentCID "
              + parentCid
              + settingText(", parent ", "parentfilenamehint")
              + "): it holds only what changed since a snapshot",
          at,
          DiskFormatException.NOWHERE,
          "Consolidate the snapshots, or export the whole virtual machine.");
    }
    String type = createType.toLowerCase(Locale.ROOT);
    if (type.equals("vmfssparse") || type.equals("sesparse") || type.equals("vsansparse")) {
      throw new DiskFormatException(
          "This VMDK is a snapshot delta of type " + createType,
          at,
          DiskFormatException.NOWHERE,
          "Consolidate the snapshots, or export the whole virtual machine.");
    }
    if (settings.containsKey("encryption.keysafe") || settings.containsKey("encryption.data")) {
      throw new DiskFormatException(
          "This VMDK is encrypted",
          at,
          DiskFormatException.NOWHERE,
          "Decrypt the virtual machine in vSphere, then export it.");
    }
  }

  private String settingText(String lead, String key) {
    String value = settings.get(key);
    return value == null ? "" : lead + value;
  }
}
