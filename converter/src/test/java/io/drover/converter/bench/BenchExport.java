// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.bench;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.vsphere.DiskDownload;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A disk that a host serves, read as exports are and made a plain qcow2 image: URL OUT CERTIFICATE.
 * Says what it took.
 */
final class BenchExport {
  private BenchExport() {}

  public static void main(String[] args) throws IOException {
    Trust trust = Trust.authorities(Files.readString(Path.of(args[2])));
    ConversionResult result;
    try (var content = DiskDownload.open(URI.create(args[0]), trust, "", Timeouts.DEFAULT)) {
      result =
          Conversion.of(
                  Conversion.streamOptimized(content.in(), Set.of()),
                  new Qcow2Writer(Path.of(args[1]), Qcow2Options.plain().withDurable(false)))
              .digest(false)
              .run();
    }
    double gib = result.guestBytesAllocated() / (double) (1L << 30);
    double cpu = ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    System.out.printf(
        Locale.ROOT,
        "%.2f CPU s for a GiB of guest data, at most %d MiB resident.%n",
        cpu / gib,
        resident() >> 10);
  }

  /** The most memory this process had, in KiB. */
  private static long resident() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    }
  }
}
