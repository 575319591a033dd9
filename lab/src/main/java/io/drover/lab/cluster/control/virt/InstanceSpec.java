// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads what an instance's spec asks for: claims, disks in boot order, networks. */
final class InstanceSpec {

  private final Doc instance;

  InstanceSpec(Doc instance) {
    this.instance = instance;
  }

  /**
   * A volume that lives on a claim.
   *
   * @param volume name in the spec
   * @param claim name of the claim
   */
  record ClaimVolume(String volume, String claim) {}

  /** The volumes on claims, in the spec's order. */
  List<ClaimVolume> claims() {
    List<ClaimVolume> all = new ArrayList<>();
    for (JsonNode volume : instance.at("/spec/volumes")) {
      String claim = volume.at("/persistentVolumeClaim/claimName").asText("");
      if (claim.isEmpty()) {
        claim = volume.at("/dataVolume/name").asText("");
      }
      if (!claim.isEmpty()) {
        all.add(new ClaimVolume(volume.path("name").asText(), claim));
      }
    }
    return all;
  }

  /** The disks (not CD-ROMs), first to boot first. */
  List<JsonNode> disksInBootOrder() {
    List<JsonNode> disks = new ArrayList<>();
    for (JsonNode disk : instance.at("/spec/domain/devices/disks")) {
      if (!disk.has("cdrom")) {
        disks.add(disk);
      }
    }
    disks.sort(Comparator.comparingInt(d -> d.path("bootOrder").asInt(Integer.MAX_VALUE)));
    return disks;
  }

  /** The networks that must exist as NetworkAttachmentDefinitions. */
  List<Key> multusNetworks() {
    List<Key> all = new ArrayList<>();
    for (JsonNode network : instance.at("/spec/networks")) {
      String name = network.at("/multus/networkName").asText("");
      if (!name.isEmpty()) {
        int slash = name.indexOf('/');
        all.add(
            slash < 0
                ? new Key(instance.namespace(), name)
                : new Key(name.substring(0, slash), name.substring(slash + 1)));
      }
    }
    return all;
  }

  /** The network cards. */
  List<GuestBoot.Nic> nics() {
    List<GuestBoot.Nic> all = new ArrayList<>();
    for (JsonNode nic : instance.at("/spec/domain/devices/interfaces")) {
      String name = nic.path("name").asText();
      String network = "pod";
      for (JsonNode candidate : instance.at("/spec/networks")) {
        if (candidate.path("name").asText().equals(name) && candidate.has("multus")) {
          network = candidate.at("/multus/networkName").asText();
        }
      }
      all.add(
          new GuestBoot.Nic(
              name,
              nic.path("macAddress")
                  .asText("")
                  .toLowerCase(java.util.Locale.ROOT)
                  .replace('-', ':'),
              nic.path("model").asText("virtio"),
              network));
    }
    return all;
  }

  /** Firmware and its options. */
  GuestBoot.Firmware firmware() {
    JsonNode bootloader = instance.at("/spec/domain/firmware/bootloader");
    JsonNode tpm = instance.at("/spec/domain/devices/tpm");
    return new GuestBoot.Firmware(
        bootloader.has("efi"),
        bootloader.has("efi") && bootloader.at("/efi/secureBoot").asBoolean(true),
        tpm.isObject() && tpm.path("enabled").asBoolean(true),
        instance.text("/spec/domain/firmware/uuid"));
  }

  /** Whether a card is bridged to the pod network, which cannot be migrated live. */
  boolean bridgedPodNetwork() {
    for (JsonNode nic : instance.at("/spec/domain/devices/interfaces")) {
      for (JsonNode network : instance.at("/spec/networks")) {
        if (nic.has("bridge")
            && network.has("pod")
            && network.path("name").equals(nic.path("name"))) {
          return true;
        }
      }
    }
    return false;
  }
}
