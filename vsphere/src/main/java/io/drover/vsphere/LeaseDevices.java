// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what a lease offers, and finds out which offer is which disk. */
final class LeaseDevices {
  /** As vCenter names a device in a lease: {@code /vm-7/VirtualLsiLogicController0:1}. */
  private static final Pattern SLOT =
      Pattern.compile(".*/(?:Virtual)?([A-Za-z]+?)(?:Controller)?([0-9]+):([0-9]+)");

  private LeaseDevices() {}

  static List<ExportLease.Device> read(VimData info, List<VmFacts.Disk> disks, URI server) {
    List<VimData> offers = info.each("deviceUrl").filter(each -> each.isTrue("disk")).toList();
    List<VmFacts.Disk> left = new ArrayList<>(disks);
    List<Optional<VmFacts.Disk>> found = new ArrayList<>();
    for (VimData offer : offers) {
      Optional<VmFacts.Disk> disk = exactly(offer, left);
      disk.ifPresent(left::remove);
      found.add(disk);
    }
    // Names that tell nothing: both lists are in the order of the machine's devices then. A name
    // that tells of a slot where there is no disk is at odds with that order; the last is no guess.
    boolean guessed = left.size() > 1 && namesAnother(offers, found);
    if (!guessed && found.stream().filter(Optional::isEmpty).count() == left.size()) {
      found.replaceAll(each -> each.isPresent() ? each : Optional.of(left.removeFirst()));
    }
    List<ExportLease.Device> devices = new ArrayList<>();
    for (int i = 0; i < offers.size(); i++) {
      VimData offer = offers.get(i);
      devices.add(
          new ExportLease.Device(
              offer.text("key"),
              found.get(i),
              url(offer.text("key"), offer.text("url"), server),
              offer.text("targetId"),
              offer.number("fileSize"),
              offer.text("sslThumbprint")));
    }
    return List.copyOf(devices);
  }

  /** Whether an offer that is no disk that we know of names the slot of one. */
  private static boolean namesAnother(List<VimData> offers, List<Optional<VmFacts.Disk>> found) {
    for (int i = 0; i < offers.size(); i++) {
      Matcher slot = SLOT.matcher(offers.get(i).text("key"));
      if (found.get(i).isEmpty() && slot.matches() && bus(slot.group(1)).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private static Optional<VmFacts.Disk> exactly(VimData offer, List<VmFacts.Disk> disks) {
    Matcher slot = SLOT.matcher(offer.text("key"));
    if (slot.matches()) {
      Optional<VmFacts.Bus> bus = bus(slot.group(1));
      int number = Integer.parseInt(slot.group(2));
      int unit = Integer.parseInt(slot.group(3));
      if (bus.isPresent()) {
        return disks.stream()
            .filter(disk ->
                disk.slot().bus() == bus.get()
                    && disk.slot().busNumber() == number
                    && disk.slot().unit() == unit)
            .findFirst();
      }
    }
    List<VmFacts.Disk> sameFile =
        disks.stream().filter(disk -> disk.path().endsWith("/" + offer.text("targetId"))).toList();
    return sameFile.size() == 1 ? Optional.of(sameFile.getFirst()) : Optional.empty();
  }

  private static Optional<VmFacts.Bus> bus(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "LsiLogic" -> VmFacts.Bus.LSI_LOGIC;
          case "LsiLogicSAS" -> VmFacts.Bus.LSI_SAS;
          case "BusLogic" -> VmFacts.Bus.BUS_LOGIC;
          case "ParaVirtualSCSI" -> VmFacts.Bus.PVSCSI;
          case "IDE" -> VmFacts.Bus.IDE;
          case "SATA", "AHCI" -> VmFacts.Bus.SATA;
          case "NVME" -> VmFacts.Bus.NVME;
          default -> null;
        });
  }

  private static URI url(String key, String offered, URI server) {
    try {
      // A star stands for the host that we talk to.
      String host = server.getHost();
      URI url = new URI(offered.replaceFirst("//\\*", "//" + Matcher.quoteReplacement(host)));
      if (url.getHost() == null
          || !("https".equals(url.getScheme()) || "http".equals(url.getScheme()))) {
        throw noAddress(key);
      }
      return url;
    } catch (URISyntaxException e) {
      throw noAddress(key);
    }
  }

  /** Without the address: whoever knows it can read the disk. */
  private static VSphereFault noAddress(String key) {
    return new VSphereFault(
        VSphereFault.Kind.PROTOCOL,
        "The address that the lease names for device " + key + " is no HTTP address",
        "");
  }
}
