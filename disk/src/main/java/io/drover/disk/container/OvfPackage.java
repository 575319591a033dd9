// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import io.drover.disk.image.DiskFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.jspecify.annotations.Nullable;
import org.xml.sax.Attributes;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.XMLReader;
import org.xml.sax.ext.DefaultHandler2;

/**
 * What an OVF descriptor says of its disks: which file each is in, its capacity and format. After
 * DSP0243; everything else in it is passed over.
 *
 * @param disks in the order of the DiskSection
 */
public record OvfPackage(List<OvfDisk> disks) {
  private static final int MAX_BYTES = 16 << 20;
  // A programmatic unit of DSP0004, as far as it is a number of bytes.
  private static final Pattern UNIT =
      Pattern.compile(
          "byte(?:\\s*\\*\\s*([1-9]\\d{0,9})(?:\\s*\\^\\s*(\\d{1,2}))?)?",
          Pattern.CASE_INSENSITIVE);

  /**
   * A disk.
   *
   * @param id of the disk
   * @param file plain name of its file; empty for a disk without one
   * @param capacity guest bytes
   * @param format URI of the format
   * @param packing how its file is packed, such as gzip or chunks; empty for plainly
   */
  public record OvfDisk(String id, String file, long capacity, String format, String packing) {
    // Writers of VMDK round a disk up to a grain.
    private static final int GRAIN = 64 << 10;

    /**
     * Compares its disk with what was said of it. What the descriptor says of the length of its
     * file is not looked at: exporters put the capacity of the whole machine there, or a guess.
     *
     * @param guestBytes its size, which may be rounded up to a grain
     * @param grainBytes of its file; 0 where it has none
     * @throws DiskFormatException where the descriptor says otherwise
     */
    public void checkCapacity(long guestBytes, int grainBytes) throws DiskFormatException {
      if (guestBytes < capacity || guestBytes - capacity >= Math.max(GRAIN, grainBytes)) {
        throw new DiskFormatException(
            file
                + " holds a disk of "
                + guestBytes
                + " bytes, but the OVF descriptor says "
                + capacity,
            "Export the package again; if its file is the right one, convert that by itself.");
      }
    }
  }

  /**
   * Parses a descriptor. No DTD and no outer entity is ever read.
   *
   * @throws DiskFormatException where it is no well-formed OVF descriptor, or names files elsewhere
   */
  public static OvfPackage parse(byte[] bytes) throws DiskFormatException {
    if (bytes.length > MAX_BYTES) {
      throw bad("has " + bytes.length + " bytes, more than " + MAX_BYTES);
    }
    Elements elements = new Elements();
    try {
      XMLReader in = SAXParserFactory.newDefaultNSInstance().newSAXParser().getXMLReader();
      in.setContentHandler(elements);
      in.setErrorHandler(elements);
      in.setProperty("http://xml.org/sax/properties/lexical-handler", elements);
      in.parse(new InputSource(new ByteArrayInputStream(bytes)));
    } catch (SAXParseException e) {
      throw bad("is not well-formed" + where(e));
    } catch (SAXException e) {
      throw bad(String.valueOf(e.getMessage()));
    } catch (IOException | ParserConfigurationException | RuntimeException e) {
      // The JDK's parser lets some of its own slip out on damaged input.
      throw bad("cannot be parsed: " + e);
    }
    if (!elements.envelope) {
      throw bad("has no Envelope");
    }
    Map<String, String> files = new HashMap<>();
    Map<String, String> packings = new HashMap<>();
    for (Map<String, String> file : elements.files) {
      String id = file.getOrDefault("id", "");
      files.put(id, plain(file.getOrDefault("href", "")));
      packings.put(id, packing(file));
    }
    List<OvfDisk> result = new ArrayList<>();
    for (Map<String, String> disk : elements.disks) {
      String reference = disk.get("fileRef");
      if (disk.containsKey("parentRef")) {
        throw bad("has the delta disk " + disk.get("diskId") + ", which is not whole by itself");
      }
      if (reference != null && !files.containsKey(reference)) {
        throw bad("names the file " + reference + " but does not list it");
      }
      result.add(
          new OvfDisk(
              disk.getOrDefault("diskId", ""),
              reference == null ? "" : files.getOrDefault(reference, ""),
              capacity(disk),
              disk.getOrDefault("format", ""),
              reference == null ? "" : packings.getOrDefault(reference, "")));
    }
    return new OvfPackage(List.copyOf(result));
  }

  /**
   * Chooses a disk that has a file.
   *
   * @param wanted its file, its id, or its number from 1; null where there is only one
   * @param where what holds the disks, for messages: "The OVA"
   * @throws DiskChoiceException where there is no such disk, or several to choose from
   * @throws DiskFormatException where there is none at all, or the file is packed in a way that is
   *     not read here
   */
  public OvfDisk choose(@Nullable String wanted, String where)
      throws DiskChoiceException, DiskFormatException {
    List<OvfDisk> stored = disks.stream().filter(disk -> !disk.file().isEmpty()).toList();
    OvfDisk chosen = wanted == null && stored.size() == 1 ? stored.getFirst() : null;
    for (OvfDisk disk : stored) {
      if (chosen == null && (disk.file().equals(wanted) || disk.id().equals(wanted))) {
        chosen = disk;
      }
    }
    for (int i = 0; i < stored.size(); i++) {
      if (chosen == null && String.valueOf(i + 1).equals(wanted)) {
        chosen = stored.get(i);
      }
    }
    if (stored.isEmpty()) {
      throw new DiskFormatException(where + " holds no disk", "There is nothing to convert.");
    }
    if (chosen == null) {
      throw new DiskChoiceException(
          where
              + " holds "
              + stored.size()
              + (stored.size() == 1 ? " disk" : " disks")
              + (wanted == null ? "" : ", none of them " + wanted)
              + ": "
              + stored.stream().map(OvfDisk::file).collect(Collectors.joining(", ")));
    }
    if (!chosen.packing().isEmpty()) {
      throw new DiskFormatException(
          where + " holds " + chosen.file() + " packed as " + chosen.packing(),
          "Export the package again without compressing or splitting its files.");
    }
    return chosen;
  }

  private static String packing(Map<String, String> file) {
    String compression = file.getOrDefault("compression", "").strip();
    if (!compression.isEmpty() && !compression.equals("identity")) {
      return compression;
    }
    return file.getOrDefault("chunkSize", "").isBlank() ? "" : "chunks";
  }

  private static long capacity(Map<String, String> disk) throws DiskFormatException {
    String text = disk.getOrDefault("capacity", "").strip();
    String units = disk.getOrDefault("capacityAllocationUnits", "byte").strip();
    Matcher unit = UNIT.matcher(units);
    if (text.matches("\\d{1,18}") && unit.matches()) {
      long factor = unit.group(1) == null ? 1 : Long.parseLong(unit.group(1));
      int power = unit.group(2) == null ? 1 : Integer.parseInt(unit.group(2));
      try {
        return Math.multiplyExact(Long.parseLong(text), Math.powExact(factor, power));
      } catch (ArithmeticException e) {
        // Told below.
      }
    }
    throw bad("gives a disk the capacity \"" + text + "\" in \"" + units + "\"");
  }

  private static String plain(String href) throws DiskFormatException {
    if (href.isEmpty()
        || href.indexOf('/') >= 0
        || href.indexOf('\\') >= 0
        || href.indexOf('\0') >= 0
        || href.equals("..")
        || href.equals(".")) {
      throw bad("names a file outside its package: \"" + href + "\"");
    }
    return href;
  }

  /** The place, where the parser knows it, and its sentence, in one line. */
  private static String where(SAXParseException e) {
    return (e.getLineNumber() < 0
            ? ""
            : " in line " + e.getLineNumber() + ", column " + e.getColumnNumber())
        + ": "
        + String.valueOf(e.getMessage()).strip().replaceAll("\\.$", "").replace('\n', ' ');
  }

  private static DiskFormatException bad(String what) {
    return new DiskFormatException(
        "The OVF descriptor " + what, "Export the package again, with its files beside it.");
  }

  /**
   * Keeps the attributes of what matters. Hears errors too: a parser that nobody listens to prints
   * some of them.
   */
  private static final class Elements extends DefaultHandler2 {
    final List<Map<String, String>> files = new ArrayList<>();
    final List<Map<String, String>> disks = new ArrayList<>();
    boolean envelope;

    @Override
    public void startDTD(String name, @Nullable String publicId, @Nullable String systemId)
        throws SAXException {
      // Before anything in it is read.
      throw new SAXException("has a DOCTYPE, which is never read");
    }

    @Override
    public void startElement(String uri, String name, String qualified, Attributes in) {
      switch (name) {
        case "Envelope" -> envelope = true;
        case "File" -> files.add(attributes(in));
        case "Disk" -> {
          Map<String, String> disk = attributes(in);
          if (disk.containsKey("diskId")) {
            disks.add(disk);
          }
        }
        default -> {}
      }
    }

    private static Map<String, String> attributes(Attributes in) {
      Map<String, String> attributes = new HashMap<>();
      for (int i = 0; i < in.getLength(); i++) {
        attributes.put(in.getLocalName(i), in.getValue(i));
      }
      return attributes;
    }
  }
}
