// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import io.drover.disk.image.DiskFormatException;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What an OVF descriptor says of its disks: which file each is in, its capacity and format. After
 * DSP0243; everything else in it is passed over.
 *
 * @param disks in the order of the DiskSection
 */
public record OvfPackage(List<OvfDisk> disks) {
  private static final int MAX_BYTES = 16 << 20;
  private static final Pattern POWER =
      Pattern.compile("byte\\s*\\*\\s*2\\s*\\^\\s*(\\d{1,2})", Pattern.CASE_INSENSITIVE);

  /**
   * A disk.
   *
   * @param id of the disk
   * @param file plain name of its file; empty for a disk without one
   * @param capacity guest bytes
   * @param format URI of the format
   */
  public record OvfDisk(String id, String file, long capacity, String format) {}

  /**
   * Parses a descriptor. No DTD and no outer entity is ever read.
   *
   * @throws DiskFormatException where it is no well-formed OVF descriptor, or names files elsewhere
   */
  public static OvfPackage parse(byte[] bytes) throws DiskFormatException {
    if (bytes.length > MAX_BYTES) {
      throw bad("has " + bytes.length + " bytes, more than " + MAX_BYTES);
    }
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    Map<String, String> files = new HashMap<>();
    List<Map<String, String>> disks = new ArrayList<>();
    try {
      XMLStreamReader in = factory.createXMLStreamReader(new ByteArrayInputStream(bytes));
      boolean envelope = false;
      while (in.hasNext()) {
        if (in.next() != XMLStreamReader.START_ELEMENT) {
          continue;
        }
        Map<String, String> attributes = attributes(in);
        switch (in.getLocalName()) {
          case "Envelope" -> envelope = true;
          case "File" ->
              files.put(
                  attributes.getOrDefault("id", ""), plain(attributes.getOrDefault("href", "")));
          case "Disk" -> {
            if (attributes.containsKey("diskId")) {
              disks.add(attributes);
            }
          }
          default -> {}
        }
      }
      if (!envelope) {
        throw bad("has no Envelope");
      }
    } catch (XMLStreamException e) {
      throw bad("is not well-formed: " + e.getMessage());
    } catch (RuntimeException e) {
      // The JDK's parser lets some of its own slip out on damaged input.
      throw bad("cannot be parsed: " + e);
    }
    List<OvfDisk> result = new ArrayList<>();
    for (Map<String, String> disk : disks) {
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
              disk.getOrDefault("format", "")));
    }
    return new OvfPackage(List.copyOf(result));
  }

  private static Map<String, String> attributes(XMLStreamReader in) {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < in.getAttributeCount(); i++) {
      attributes.put(in.getAttributeLocalName(i), in.getAttributeValue(i));
    }
    return attributes;
  }

  private static long capacity(Map<String, String> disk) throws DiskFormatException {
    String text = disk.getOrDefault("capacity", "").strip();
    String units = disk.getOrDefault("capacityAllocationUnits", "byte").strip();
    Matcher power = POWER.matcher(units);
    int shift = units.toLowerCase(Locale.ROOT).equals("byte") ? 0 : -1;
    if (power.matches()) {
      shift = Integer.parseInt(power.group(1));
    }
    if (!text.matches("\\d{1,18}") || shift < 0 || shift > 50) {
      throw bad("gives a disk the capacity \"" + text + "\" in \"" + units + "\"");
    }
    long value = Long.parseLong(text);
    if (value > Long.MAX_VALUE >>> shift) {
      throw bad("gives a disk the capacity \"" + text + "\" in \"" + units + "\"");
    }
    return value << shift;
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

  private static DiskFormatException bad(String what) {
    return new DiskFormatException(
        "The OVF descriptor " + what, "Export the package again, with its files beside it.");
  }
}
