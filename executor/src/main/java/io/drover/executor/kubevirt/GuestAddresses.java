// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.Rung;
import io.drover.schemas.Inventory.Nic;
import io.drover.schemas.MigrationSpec;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of a target beside those that its source had, by network card. On the pod network
 * KubeVirt tells an address without any agent, and it is another one by nature; on every other the
 * guest's agent tells what the guest has.
 */
record GuestAddresses(MigrationSpec spec, @Nullable JsonNode vmi) {
  /** The cards of the source that were to be connected and had an address. */
  private List<Nic> served() {
    return spec.source().nics().stream()
        .filter(nic -> nic.startConnected() && !lasting(nic.ipAddresses()).isEmpty())
        .toList();
  }

  /** Whether no agent is needed to see them. */
  boolean toldByPod() {
    return served().stream().allMatch(this::onPod);
  }

  /** Every one of the cards has some address again. */
  Rung some() {
    List<Nic> served = served();
    if (served.isEmpty()) {
      return new Rung("addresses", Holds.YES, "none were known at the source");
    }
    var without = new ArrayList<String>();
    var seen = new TreeSet<String>();
    for (Nic nic : served) {
      List<String> now = lasting(now(nic));
      seen.addAll(now);
      if (now.isEmpty()) {
        without.add(nic.mac());
      }
    }
    return new Rung(
        "addresses",
        without.isEmpty() ? Holds.YES : Holds.NOT_YET,
        without.isEmpty() ? String.join(", ", seen) : "no address on " + without);
  }

  /** Every card that is not on the pod network has all addresses that it had. */
  Rung same() {
    List<Nic> served = served().stream().filter(nic -> !onPod(nic)).toList();
    if (served.isEmpty()) {
      return new Rung("same-addresses", Holds.YES, "none could be the same");
    }
    var missing = new ArrayList<String>();
    for (Nic nic : served) {
      List<String> now = now(nic);
      lasting(nic.ipAddresses()).stream().filter(ip -> !there(ip, now)).forEach(missing::add);
    }
    return new Rung(
        "same-addresses",
        missing.isEmpty() ? Holds.YES : Holds.NOT_YET,
        missing.isEmpty() ? "as at the source" : "not there: " + missing);
  }

  private boolean onPod(Nic nic) {
    var target = spec.target().networks().get(nic.deviceKey());
    return target != null && target.network().equals(VirtualMachineManifest.POD);
  }

  private List<String> now(Nic nic) {
    var found = new TreeSet<String>();
    for (JsonNode one : Api.at(vmi, "/status/interfaces")) {
      if (one.path("mac").asText("").equalsIgnoreCase(nic.mac())) {
        found.add(plain(one.path("ipAddress").asText("")));
        one.path("ipAddresses").forEach(ip -> found.add(plain(ip.asText(""))));
      }
    }
    found.remove("");
    return List.copyOf(found);
  }

  /**
   * Whether a card still has an address. A temporary one of IPv6 (RFC 8981) is another after every
   * boot, and looks like nothing but chance: for such a one any of its /64 will do.
   */
  static boolean there(String address, List<String> now) {
    InetAddress wanted = parsed(address);
    return now.stream()
        .anyMatch(one -> {
          InetAddress seen = parsed(one);
          if (wanted == null || seen == null) {
            return one.equals(address);
          }
          int differ = Arrays.mismatch(wanted.getAddress(), seen.getAddress());
          return differ < 0 || (differ >= 8 && byChance(wanted));
        });
  }

  /** Neither made of the card's MAC (EUI-64) nor written by a person, who writes zeros. */
  private static boolean byChance(InetAddress address) {
    byte[] ip = address.getAddress();
    return ip.length == 16
        && !(ip[11] == (byte) 0xff && ip[12] == (byte) 0xfe)
        && !(ip[8] == 0 && ip[9] == 0);
  }

  private static @Nullable InetAddress parsed(String address) {
    try {
      return InetAddress.ofLiteral(address);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Without those that a card gives itself when nobody gave it one. */
  private static List<String> lasting(List<String> addresses) {
    return addresses.stream()
        .map(GuestAddresses::plain)
        .filter(ip -> !ip.isEmpty() && !ip.startsWith("fe80:") && !ip.startsWith("169.254."))
        .toList();
  }

  /** Without the length of its prefix. */
  private static String plain(String address) {
    int slash = address.indexOf('/');
    return (slash < 0 ? address : address.substring(0, slash)).toLowerCase(Locale.ROOT);
  }
}
