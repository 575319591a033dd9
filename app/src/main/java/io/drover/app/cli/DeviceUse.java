// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the system itself does with a block device or a partition of it, as proc_pid_mountinfo(5),
 * proc_swaps(5) and sysfs tell: whoever writes over such a device destroys what is in use.
 */
final class DeviceUse {
  private final Path proc;
  private final Path sys;

  /**
   * @param proc where procfs is mounted
   * @param sys where sysfs is mounted
   */
  DeviceUse(Path proc, Path sys) {
    this.proc = proc;
    this.sys = sys;
  }

  /**
   * What uses a device.
   *
   * @param device no block device is used by nothing
   * @return such as {@code mounted at /boot}; null where nothing is seen
   */
  static @Nullable String of(Path device) throws IOException {
    String number = number(device);
    return number == null
        ? null
        : new DeviceUse(Path.of("/proc"), Path.of("/sys")).ofNumber(number);
  }

  /**
   * The same of the device of a number.
   *
   * @param number major and minor, such as {@code 8:1}
   */
  @Nullable String ofNumber(String number) throws IOException {
    Path block = sys.resolve("dev/block").resolve(number);
    if (!Files.isDirectory(block)) {
      return null;
    }
    Set<String> numbers = new HashSet<>(Set.of(number));
    String built = builtOn(block);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(block)) {
      for (Path entry : entries) {
        if (Files.exists(entry.resolve("partition"))) {
          numbers.add(Files.readString(entry.resolve("dev")).strip());
          built = built == null ? builtOn(entry) : built;
        }
      }
    }
    if (built != null) {
      return "a part of " + built;
    }
    String mounted = mounted(numbers);
    return mounted == null ? swappedTo(numbers) : mounted;
  }

  /** A logical volume, an array or the like. */
  private static @Nullable String builtOn(Path block) throws IOException {
    Path holders = block.resolve("holders");
    if (!Files.isDirectory(holders)) {
      return null;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(holders)) {
      for (Path entry : entries) {
        return "/dev/" + entry.getFileName();
      }
    }
    return null;
  }

  private @Nullable String mounted(Set<String> numbers) throws IOException {
    for (String line : lines("self/mountinfo")) {
      List<String> fields = List.of(line.split(" "));
      // Number, root, mount point, options ... - type, source: some, as btrfs, have a number of
      // their own.
      int source = fields.indexOf("-") + 2;
      if (fields.size() > source
          && (numbers.contains(fields.get(2)) || isOneOf(numbers, fields.get(source)))) {
        return "mounted at " + fields.get(4);
      }
    }
    return null;
  }

  private @Nullable String swappedTo(Set<String> numbers) throws IOException {
    for (String line : lines("swaps")) {
      if (isOneOf(numbers, line.split("\\s")[0])) {
        return "swapped to";
      }
    }
    return null;
  }

  private List<String> lines(String name) throws IOException {
    Path file = proc.resolve(name);
    return Files.exists(file)
        ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList()
        : List.of();
  }

  private static boolean isOneOf(Set<String> numbers, String device) throws IOException {
    String number = device.startsWith("/dev/") ? number(Path.of(device)) : null;
    return number != null && numbers.contains(number);
  }

  /** Major and minor as glibc's gnu_dev_major and gnu_dev_minor have them; null of what is none. */
  private static @Nullable String number(Path device) throws IOException {
    if (!Files.exists(device)
        || !device.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return null;
    }
    long dev = ((Number) Files.getAttribute(device, "unix:rdev")).longValue();
    return (dev >>> 8 & 0xfff | dev >>> 32 & ~0xfffL) + ":" + (dev & 0xff | dev >>> 12 & ~0xffL);
  }
}
