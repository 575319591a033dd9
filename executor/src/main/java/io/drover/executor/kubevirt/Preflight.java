// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static io.drover.executor.kubevirt.VirtualMachineManifest.map;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.executor.GuestConversion;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.ClusterMarks;
import io.drover.schemas.Inventory.Backing;
import io.drover.schemas.Inventory.Disk;
import io.drover.schemas.Inventory.Nic;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.TargetNic;
import io.drover.schemas.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, without changing anything, whether the cluster would take all that a journey is going
 * to ask of it. The first thing that is missing ends it with one problem that names it.
 */
final class Preflight {
  /** RFC 1123 subdomain; a VM's name ends up in label values, which take 63 characters. */
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  /** KubeVirt gives a SATA machine six ports. */
  private static final int SATA_DISKS = 6;

  private static final Token NOBODY = new Token(0);

  private final Api api;
  private final KubeVirtSettings settings;

  Preflight(Api api, KubeVirtSettings settings) {
    this.api = api;
    this.settings = settings;
  }

  /** What was checked, in words. */
  List<String> check(MigrationSpec spec, String note) {
    var checks = new ArrayList<String>();
    names(spec);
    Carried.check(spec);
    disks(spec);
    checks.add("name legal, disks supported");
    checks.addAll(Carried.of(spec, note).told());
    namespace(spec);
    permissions(spec);
    checks.add("permissions in " + spec.target().namespace());
    storage(spec);
    checks.add("storage classes exist, snapshots possible where needed");
    networks(spec);
    checks.add("networks exist");
    objects(spec, note);
    checks.add("dry run of every object accepted");
    return checks;
  }

  private static void names(MigrationSpec spec) {
    String name = spec.target().name();
    if (!NAME.matcher(name).matches() || name.length() > 63) {
      throw Trouble.refused(
          "name-illegal",
          "Kubernetes cannot carry the name '" + name + "' of VM " + spec.source().name() + ".",
          "Give it a target name of lower-case letters, digits and dashes, 63 at most.");
    }
  }

  private static void disks(MigrationSpec spec) {
    String vm = "VM " + spec.source().name();
    if (spec.source().disks().isEmpty()) {
      throw Trouble.refused(
          "vm-without-disks", vm + " has no disk.", "Take it out of the wave: nothing is to move.");
    }
    if (spec.target().compatibility() && spec.source().disks().size() > SATA_DISKS) {
      throw Trouble.refused(
          "too-many-sata-disks",
          vm
              + " has "
              + spec.source().disks().size()
              + " disks, but SATA takes "
              + SATA_DISKS
              + ".",
          "Move it with virtio devices.");
    }
    for (Disk disk : spec.source().disks()) {
      String why =
          disk.backing() == Backing.RDM_PHYSICAL || disk.backing() == Backing.RDM_VIRTUAL
              ? "is a raw device mapping"
              : disk.shared()
                  ? "is shared with other VMs"
                  : disk.independent() ? "is independent of snapshots" : null;
      if (why != null) {
        throw Trouble.refused(
            "disk-unsupported",
            "Disk " + disk.label() + " of " + vm + " " + why + ".",
            "Turn it into an ordinary disk, detach it, or leave the VM out of the wave.");
      }
    }
  }

  private void namespace(MigrationSpec spec) {
    // Who may not read namespaces may still work in one: the dry runs below tell.
    try {
      if (api.get(Api.Kind.NAMESPACE, "", spec.target().namespace()) == null) {
        throw Trouble.refused(
            "namespace-missing",
            "Namespace " + spec.target().namespace() + " does not exist.",
            "Create it, with its quota and networks, or choose another.");
      }
    } catch (Trouble trouble) {
      if (!trouble.problem().code().equals(Api.FORBIDDEN)) {
        throw trouble;
      }
    }
  }

  private void permissions(MigrationSpec spec) {
    var missing = new ArrayList<String>();
    for (Rights.Right right : Rights.JOURNEY) {
      for (String verb : right.verbs()) {
        JsonNode answer =
            api.ask(
                Api.Kind.ACCESS_REVIEW,
                map(
                    "apiVersion",
                    "authorization.k8s.io/v1",
                    "kind",
                    "SelfSubjectAccessReview",
                    "spec",
                    map("resourceAttributes", asked(spec, right, verb))));
        if (!Api.at(answer, "/status/allowed").asBoolean()) {
          missing.add(verb + " " + right.resource());
        }
      }
    }
    if (!missing.isEmpty()) {
      throw Trouble.refused(
          "permission-missing",
          "Drover may not "
              + String.join(", ", missing)
              + " in namespace "
              + spec.target().namespace()
              + ".",
          Rights.REMEDY);
    }
  }

  private static Map<String, Object> asked(MigrationSpec spec, Rights.Right right, String verb) {
    Map<String, Object> asked =
        map(
            "namespace",
            spec.target().namespace(),
            "group",
            right.group(),
            "resource",
            right.plural(),
            "verb",
            verb);
    if (!right.subresource().isEmpty()) {
      asked.put("subresource", right.subresource());
    }
    return asked;
  }

  private void storage(MigrationSpec spec) {
    for (Disk disk : spec.source().disks()) {
      String name = spec.target().storage().get(disk.deviceKey());
      if (name == null || name.isEmpty()) {
        continue; // The cluster's default class, which the dry run of the claim finds out about.
      }
      JsonNode found = api.get(Api.Kind.STORAGE_CLASS, "", name);
      if (found == null) {
        throw Trouble.refused(
            "storage-class-missing",
            "Storage class " + name + " for disk " + disk.label() + " does not exist.",
            "Create it, or map datastore " + disk.datastore() + " to another.");
      }
    }
    if (GuestConversion.needed(spec)) {
      if (settings.conversionImage() == null) {
        throw Trouble.refused(
            "conversion-image-missing",
            "The guest of VM "
                + spec.source().name()
                + " needs a conversion, but no image with virt-v2v-in-place is configured.",
            "Set cluster.conversionImage, or choose compatibility devices.");
      }
      for (Disk disk : spec.source().disks()) {
        if (snapshotClass(spec, disk) == null) {
          throw Trouble.refused(
              "snapshot-class-missing",
              "No VolumeSnapshotClass is for the storage of disk " + disk.label() + ".",
              "Create one for its driver, choose another class, or compatibility devices.");
        }
      }
    }
  }

  /** The snapshot class of the driver of a disk's storage class, null when there is none. */
  @Nullable String snapshotClass(MigrationSpec spec, Disk disk) {
    String name = spec.target().storage().get(disk.deviceKey());
    String driver = null;
    if (name != null && !name.isEmpty()) {
      JsonNode profile = api.get(Api.Kind.STORAGE_PROFILE, "", name);
      String profiled = Api.text(profile, "/status/snapshotClass");
      if (!profiled.isEmpty()) {
        return profiled;
      }
      driver = Api.text(api.get(Api.Kind.STORAGE_CLASS, "", name), "/provisioner");
    } else {
      for (JsonNode one : api.list(Api.Kind.STORAGE_CLASS, "", "")) {
        JsonNode annotations = one.at("/metadata/annotations");
        if (annotations
            .path("storageclass.kubernetes.io/is-default-class")
            .asText()
            .equals("true")) {
          driver = one.path("provisioner").asText();
        }
      }
    }
    String best = null;
    for (JsonNode one : api.list(Api.Kind.SNAPSHOT_CLASS, "", "")) {
      if (one.path("driver").asText().equals(driver)) {
        String found = one.at("/metadata/name").asText();
        boolean preferred =
            one.at("/metadata/annotations")
                .path("snapshot.storage.kubernetes.io/is-default-class")
                .asText()
                .equals("true");
        best = best == null || preferred ? found : best;
      }
    }
    return best;
  }

  private void networks(MigrationSpec spec) {
    int pods = 0;
    var seen = new TreeSet<String>();
    for (Nic nic : spec.source().nics()) {
      TargetNic target = spec.target().networks().get(nic.deviceKey());
      if (target == null) {
        throw Trouble.refused(
            "network-unmapped",
            "NIC " + nic.label() + " on " + nic.networkName() + " has no target network.",
            "Map network " + nic.networkName() + " in the plan.");
      }
      if (target.network().equals(VirtualMachineManifest.POD)) {
        pods++;
        continue;
      }
      if (!seen.add(target.network())) {
        continue;
      }
      String[] name = target.network().split("/", 2);
      String namespace = name.length == 2 ? name[0] : spec.target().namespace();
      if (api.get(Api.Kind.NETWORK, namespace, name[name.length - 1]) == null) {
        throw Trouble.refused(
            "network-missing",
            "NetworkAttachmentDefinition " + target.network() + " does not exist.",
            "Create it, or map network " + nic.networkName() + " to another.");
      }
    }
    if (pods > 1) {
      throw Trouble.refused(
          "two-pod-networks",
          pods + " NICs of VM " + spec.source().name() + " are mapped to the pod network.",
          "A VirtualMachine has one NIC on the pod network: map the others to a network of yours.");
    }
  }

  private void objects(MigrationSpec spec, String note) {
    String namespace = spec.target().namespace();
    JsonNode there = api.get(Api.Kind.VM, namespace, spec.target().name());
    if (there != null) {
      throw taken(spec, there);
    }
    var block = new TreeMap<Integer, Boolean>();
    for (Disk disk : spec.source().disks()) {
      block.put(disk.deviceKey(), true);
      var _ = api.create(Api.Kind.CLAIM, claim(spec, disk), true);
      if (snapshotClass(spec, disk) != null) {
        var _ =
            api.create(
                Api.Kind.SNAPSHOT,
                snapshot(spec, disk.deviceKey(), 0, snapshotClass(spec, disk)),
                true);
      }
      if (GuestConversion.needed(spec)) {
        // Where a conversion fails, the disk is made again from its snapshot.
        String snapshot = VolumeNames.snapshot(spec, disk.deviceKey(), 0);
        var _ =
            api.create(
                Api.Kind.CLAIM,
                TargetVolumes.restored(spec, disk.deviceKey(), 1, snapshot, volume(spec, disk)),
                true);
      }
    }
    var _ = api.create(Api.Kind.VM, VirtualMachineManifest.of(spec, 0, false, note, NOBODY), true);
    String image = settings.conversionImage();
    if (GuestConversion.needed(spec) && image != null) {
      var _ = api.create(Api.Kind.CONFIG_MAP, ConversionJob.description(spec, 0, block), true);
      var _ = api.create(Api.Kind.JOB, ConversionJob.job(spec, 0, block, image), true);
    }
  }

  /** What is left of an earlier migration of the same VM is told from what belongs to others. */
  private static Trouble taken(MigrationSpec spec, JsonNode there) {
    String name = spec.target().namespace() + "/" + spec.target().name();
    JsonNode marks = there.at("/metadata/annotations");
    boolean earlier =
        spec.vm().toString().equals(marks.path(ClusterMarks.VM).asText())
            && Api.text(there, "/spec/runStrategy").equals("Halted");
    return Trouble.refused(
        "target-name-taken",
        "VirtualMachine "
            + name
            + " exists already"
            + (earlier
                ? ", halted, of migration " + marks.path(JourneyMarks.MIGRATION).asText()
                : "")
            + ".",
        earlier
            ? "If that migration was rolled back, delete it; else choose another target name."
            : "Choose another target name, or remove it.");
  }

  /** A claim of the size of the disk, to find out about quota, class and admission. */
  private static Map<String, Object> claim(MigrationSpec spec, Disk disk) {
    return map(
        "apiVersion",
        "v1",
        "kind",
        "PersistentVolumeClaim",
        "metadata",
        map(
            "name",
            VolumeNames.of(spec, disk.deviceKey()),
            "namespace",
            spec.target().namespace(),
            "labels",
            JourneyMarks.labels(spec)),
        "spec",
        volume(spec, disk));
  }

  private static Map<String, Object> volume(MigrationSpec spec, Disk disk) {
    var body =
        map(
            "accessModes",
            List.of("ReadWriteOnce"),
            "resources",
            map("requests", map("storage", Long.toString(disk.capacityBytes()))));
    String storageClass = spec.target().storage().get(disk.deviceKey());
    if (storageClass != null && !storageClass.isEmpty()) {
      body.put("storageClassName", storageClass);
    }
    return body;
  }

  /** The volume snapshot of a disk's first volume. */
  static Map<String, Object> snapshot(
      MigrationSpec spec, int deviceKey, int seal, @Nullable String snapshotClass) {
    var labels = JourneyMarks.labels(spec);
    labels.put(JourneyMarks.DISK, Integer.toString(deviceKey));
    var body = map("source", map("persistentVolumeClaimName", VolumeNames.of(spec, deviceKey)));
    if (snapshotClass != null) {
      body.put("volumeSnapshotClassName", snapshotClass);
    }
    return map(
        "apiVersion",
        "snapshot.storage.k8s.io/v1",
        "kind",
        "VolumeSnapshot",
        "metadata",
        map(
            "name",
            VolumeNames.snapshot(spec, deviceKey, seal),
            "namespace",
            spec.target().namespace(),
            "labels",
            labels,
            "annotations",
            JourneyMarks.annotations(spec)),
        "spec",
        body);
  }
}
