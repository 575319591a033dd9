// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Sorts csv files of single tabs by the export that they are of. Each vInfo is an export; another
 * tab is of the vInfo beside it with the same beginning of its name ({@code site2_tabvInfo.csv}),
 * else of the only one in its folder, else of the only one there is.
 */
final class LooseTabs {
  private final List<Tab> tabs = new ArrayList<>();
  private final Consumer<Refused> refuse;

  /** A file of one tab: where it is, what its name begins with, and what it holds. */
  private static final class Tab {
    private final Path folder;
    private final String prefix;
    private final Sheet sheet;

    Tab(Path file, Sheet sheet) {
      Path parent = file.toAbsolutePath().normalize().getParent();
      this.folder = parent == null ? file : parent;
      this.prefix = name(file).replaceAll("(?i)(tab)?v[a-z]+\\.[a-z]+$", "");
      this.sheet = sheet;
    }

    String kind() {
      return tab(sheet);
    }

    /** With its folder, which tells it from those of other folders. */
    String shown() {
      return folder.getFileName() + "/" + sheet.file();
    }

    boolean beside(Tab other) {
      return folder.equals(other.folder);
    }

    boolean like(Tab other) {
      return beside(other) && prefix.equals(other.prefix);
    }
  }

  /**
   * @param refuse hears of files that are no tab that is read
   */
  LooseTabs(Consumer<Refused> refuse) {
    this.refuse = refuse;
  }

  /** A file itself, or the xlsx and csv files of a folder and of its folders, by name. */
  static List<Path> files(Path file) {
    if (!Files.isDirectory(file)) {
      return List.of(file);
    }
    try (Stream<Path> all = Files.walk(file, 3)) {
      List<Path> found =
          all.filter(Files::isRegularFile)
              .filter(f -> name(f).toLowerCase(Locale.ROOT).matches(".*\\.(csv|xlsx)"))
              .sorted()
              .toList();
      if (found.isEmpty()) {
        throw new NotReadable("There is no xlsx and no csv file in the folder " + file + ".");
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new NotReadable("The folder " + file + " cannot be read: " + e.getMessage());
    }
  }

  /** Whether a file is one of many tabs that came with a folder, and nothing is missed without. */
  static boolean passedOver(Path given, Path file) {
    return !given.equals(file) && name(file).matches("(?i).*tabv[a-z]+\\.csv");
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** The name of a tab in lower case, for example {@code vdisk}. */
  static String tab(Sheet sheet) {
    return sheet.name().toLowerCase(Locale.ROOT).replaceAll("^tab", "");
  }

  /**
   * Takes a file.
   *
   * @param given the file, or the folder that it came with
   */
  void add(Path given, Path file, Sheet sheet) {
    String tab = tab(sheet);
    boolean read =
        tab.equals("vinfo")
            || RvTools.DETAILS.stream().anyMatch(n -> tab.equals(n.toLowerCase(Locale.ROOT)));
    if (read) {
      tabs.add(new Tab(file, sheet));
    } else if (!passedOver(given, file)) {
      refuse.accept(
          new Refused(
              sheet.file(),
              "",
              0,
              "it is no tab that is read (vInfo, "
                  + String.join(", ", RvTools.DETAILS)
                  + "); if it is one of them, say so in its name: RVTools_tabvDisk.csv is vDisk",
              false));
    }
  }

  /**
   * The sheets of each export, by the name of their tab.
   *
   * @throws NotReadable if there are tabs but no vInfo, if it cannot be told which vInfo a tab is
   *     of, or if two files are the same tab of one export
   */
  List<Map<String, Sheet>> exports() {
    List<Tab> infos = tabs.stream().filter(t -> t.kind().equals("vinfo")).toList();
    if (infos.isEmpty() && !tabs.isEmpty()) {
      throw new NotReadable(
          "None of the csv files is tabvInfo, which names the machines; got "
              + String.join(", ", tabs.stream().map(Tab::kind).distinct().toList())
              + ".");
    }
    boolean folders = infos.stream().map(i -> i.folder).distinct().count() > 1;
    var exports = new LinkedHashMap<Tab, Map<String, Sheet>>();
    for (Tab tab : tabs) {
      Tab info = infoOf(tab, infos);
      Sheet s = tab.sheet;
      Sheet sheet = folders ? new Sheet(tab.shown(), s.name(), s.headers(), s.rows()) : s;
      Sheet other =
          exports.computeIfAbsent(info, i -> new LinkedHashMap<>()).putIfAbsent(tab.kind(), sheet);
      if (other != null) {
        throw new NotReadable(
            sheet.file()
                + " and "
                + other.file()
                + " are the same tab of one export. Give each file once; files of several exports"
                + " are told apart by how their names begin (site2_tabvInfo.csv), or by a folder"
                + " for each.");
      }
    }
    return List.copyOf(exports.values());
  }

  private static Tab infoOf(Tab tab, List<Tab> infos) {
    List<Tab> alike = infos.stream().filter(tab::like).toList();
    if (!alike.isEmpty()) {
      return alike.getFirst();
    }
    List<Tab> inFolder = infos.stream().filter(tab::beside).toList();
    List<Tab> candidates = inFolder.isEmpty() ? infos : inFolder;
    if (candidates.size() > 1) {
      throw new NotReadable(
          tab.shown()
              + " could be of any of "
              + candidates.size()
              + " exports. Give the files of an export names that begin alike (site2_tabvInfo.csv,"
              + " site2_tabvDisk.csv), or a folder of their own.");
    }
    return candidates.getFirst();
  }
}
