// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Whether images could be staged as it is set up: for people, before anything is. */
public final class StagingCheck {
  /** One thing that was looked at. */
  public record Finding(boolean well, String what, String remedy) {}

  private StagingCheck() {}

  /** Looks at the folder, its room and the certificate; changes nothing. */
  public static List<Finding> look(StagingSettings settings) {
    var findings = new ArrayList<Finding>();
    Finding place = place(settings.folder());
    findings.add(place.well() ? room(settings, place) : place);
    StagingSettings.Tls tls = settings.tls();
    if (tls != null) {
      findings.add(certificate(tls));
    }
    return findings;
  }

  /** Whether the folder is there and may be written, or there is where to make it. */
  static Finding place(Path folder) {
    Path there = Files.exists(folder) ? folder : parent(folder);
    if (!Files.isDirectory(there)) {
      return new Finding(
          false,
          there.equals(folder)
              ? folder + " is no folder."
              : folder + " is not there, and cannot be made: " + there + " is no folder.",
          "Mount the staging volume where the converter runs, or correct"
              + " converter.staging.folder.");
    }
    if (!Files.isWritable(there)) {
      return new Finding(
          false,
          there + " may not be written by this account.",
          "Give it the right to, or correct converter.staging.folder.");
    }
    return new Finding(
        true,
        folder + (there.equals(folder) ? " is there: " : " will be made by 'drover up': "),
        "");
  }

  private static Finding room(StagingSettings settings, Finding place) {
    Path folder = settings.folder();
    try {
      long free =
          Files.getFileStore(Files.exists(folder) ? folder : parent(folder)).getUsableSpace();
      long left = free - settings.reserve();
      if (left <= 0) {
        return new Finding(
            false,
            "Nothing can be staged in %s: its filesystem has %s free, and converter.staging.reserveGiB keeps %s of it free."
                .formatted(folder, gib(free), gib(settings.reserve())),
            "Lower converter.staging.reserveGiB, or give the staging volume more space.");
      }
      return new Finding(
          true,
          place.what()
              + "%s of its filesystem are left after the %s that converter.staging.reserveGiB keeps free%s."
                  .formatted(
                      gib(left),
                      gib(settings.reserve()),
                      settings.most() == 0
                          ? ""
                          : ", and all images may take " + gib(settings.most())),
          "");
    } catch (IOException e) {
      return new Finding(
          false,
          "The room in " + folder + " cannot be looked at: " + e.getMessage() + ".",
          "See that the staging volume is mounted and well.");
    }
  }

  private static Finding certificate(StagingSettings.Tls tls) {
    Path ca = tls.ca();
    try {
      var _ = ServerTls.of(tls);
      if (ca != null) {
        var _ = Files.readString(ca);
      }
      return new Finding(true, "The key in " + tls.key() + " is that of " + tls.chain() + ".", "");
    } catch (IllegalArgumentException e) {
      return new Finding(
          false, e.getMessage() + ".", "See converter.staging.certificate and key in drover.yaml.");
    } catch (IOException e) {
      return new Finding(
          false,
          e.getMessage() + " cannot be read.",
          "See certificate, key and ca of converter.staging in drover.yaml.");
    }
  }

  private static Path parent(Path folder) {
    Path parent = folder.toAbsolutePath().getParent();
    return parent == null ? folder : parent;
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
  }
}
