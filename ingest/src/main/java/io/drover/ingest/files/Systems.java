// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** vSphere guest ids from the names that exports show instead. */
final class Systems {
  private static final Pattern VERSION = Pattern.compile("(\\d+)");
  private static final Pattern CLIENT = Pattern.compile("windows (7|8|10|11|12)\\b");

  private Systems() {}

  /** The guest id, or empty if the name tells nothing known. */
  static String guestId(String name) {
    String text = name.toLowerCase(Locale.ROOT);
    if (text.isBlank()) {
      return "";
    }
    if (text.contains("windows")) {
      return windows(text);
    }
    boolean wide = !text.contains("32-bit");
    String bits = wide ? "_64Guest" : "Guest";
    if (text.contains("fedora")) {
      return wide ? "fedora64Guest" : "fedoraGuest";
    }
    if (text.contains("opensuse")) {
      return wide ? "opensuse64Guest" : "opensuseGuest";
    }
    if (text.contains("ubuntu")) {
      return wide ? "ubuntu64Guest" : "ubuntuGuest";
    }
    if (text.contains("rocky")) {
      return "rockylinux_64Guest";
    }
    if (text.contains("alma")) {
      return "almalinux_64Guest";
    }
    String family =
        text.contains("red hat")
            ? "rhel"
            : text.contains("centos")
                ? "centos"
                : text.contains("oracle linux")
                    ? "oracleLinux"
                    : text.contains("suse") ? "sles" : text.contains("debian") ? "debian" : "";
    if (family.isEmpty()) {
      return wide ? "otherGuest64" : "otherGuest";
    }
    // "CentOS 4/5 or later (64-bit)" is one id for many versions, and has no number in it.
    Matcher found = VERSION.matcher(text.replaceAll("\\(?(32|64)-bit\\)?|\\d+/[\\d/]+", ""));
    return found.find() ? family + found.group(1) + bits : family + (wide ? "64Guest" : "Guest");
  }

  private static String windows(String text) {
    boolean wide = !text.contains("32-bit");
    if (text.contains("2025")) {
      return "windows2022srvNext_64Guest";
    }
    if (text.contains("2022")) {
      return "windows2019srvNext_64Guest";
    }
    if (text.contains("2019")) {
      return "windows2019srv_64Guest";
    }
    if (text.contains("2016")) {
      return "windows9Server64Guest";
    }
    if (text.contains("2012")) {
      return "windows8Server64Guest";
    }
    if (text.contains("2008 r2")) {
      return "windows7Server64Guest";
    }
    Matcher client = CLIENT.matcher(text);
    if (!client.find()) {
      return "winOtherGuest";
    }
    return switch (client.group(1)) {
      case "12" -> "windows12_64Guest";
      case "11" -> "windows11_64Guest";
      case "10" -> wide ? "windows9_64Guest" : "windows9Guest";
      default -> "windows" + client.group(1) + (wide ? "_64Guest" : "Guest");
    };
  }
}
