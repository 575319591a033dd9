// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** vSphere guest ids from the names that exports show instead. */
final class Systems {
  private static final Pattern VERSION = Pattern.compile("(\\d+)");

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
    Matcher found = VERSION.matcher(text);
    String version = found.find() ? found.group(1) : "";
    if (text.contains("red hat")) {
      return "rhel" + version + "_64Guest";
    }
    if (text.contains("centos")) {
      return "centos" + version + "_64Guest";
    }
    if (text.contains("oracle linux")) {
      return "oracleLinux" + version + "_64Guest";
    }
    if (text.contains("suse")) {
      return "sles" + version + "_64Guest";
    }
    if (text.contains("debian")) {
      return "debian" + version + "_64Guest";
    }
    if (text.contains("ubuntu")) {
      return "ubuntu64Guest";
    }
    if (text.contains("rocky")) {
      return "rockylinux_64Guest";
    }
    return text.contains("alma") ? "almalinux_64Guest" : "otherGuest";
  }

  private static String windows(String text) {
    if (text.contains("2025") || text.contains("2022")) {
      return "windows2019srvNext_64Guest";
    }
    if (text.contains("2019")) {
      return "windows2019srv_64Guest";
    }
    if (text.contains("2016")) {
      return "windows9Server64Guest";
    }
    if (text.contains("windows 11")) {
      return "windows11_64Guest";
    }
    return text.contains("windows 10") ? "windows9_64Guest" : "winOtherGuest";
  }
}
