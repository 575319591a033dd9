// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static io.drover.executor.kubevirt.VirtualMachineManifest.map;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.executor.TargetVm;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.executor.kubevirt.Api.Kind;
import io.drover.schemas.EffectId;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Token;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The target VM in a KubeVirt cluster, by the Kubernetes API alone. */
public final class KubeVirtTargetVm implements TargetVm {
  private static final List<Kind> OURS =
      List.of(Kind.VM, Kind.JOB, Kind.POD, Kind.CONFIG_MAP, Kind.SNAPSHOT, Kind.CLAIM);

  /** Selector of the pods that run machines. */
  private static final String LAUNCHERS = "kubevirt.io=virt-launcher";

  /** Label of those: whose pod it is. */
  private static final String MACHINE = "vm.kubevirt.io/name";

  private final Api api;
  private final KubeVirtSettings settings;
  private final Preflight preflight;
  private final TargetVolumes volumes;
  private final HealthLadder ladder;
  private final @Nullable WriteCounters counters;

  /** In the cluster and with the account that {@code client} is for. */
  public KubeVirtTargetVm(KubernetesClient client, KubeVirtSettings settings) {
    this.api = new Api(client);
    this.settings = settings;
    this.preflight = new Preflight(api, settings);
    this.volumes = new TargetVolumes(api, preflight);
    this.ladder = new HealthLadder(api, settings);
    KubeVirtSettings.Metrics metrics = settings.metrics();
    this.counters = metrics == null ? null : new WriteCounters(metrics);
  }

  @Override
  public List<String> preflight(MigrationSpec spec, String note) {
    return preflight.check(spec, note);
  }

  @Override
  public Sight look(MigrationSpec spec) {
    String namespace = spec.target().namespace();
    String name = spec.target().name();
    // The machine first: an instance cannot outlive a look that saw its machine halted before it.
    JsonNode vm = api.get(Kind.VM, namespace, name);
    JsonNode vmi = api.get(Kind.VMI, namespace, name);
    var pods = new ArrayList<String>();
    // While it has an instance its own pods will do. That nothing runs is said only after all of
    // the
    // namespace were looked at, which may be thousands: others may run on our volumes.
    String which = vmi == null ? LAUNCHERS : LAUNCHERS + "," + MACHINE + "=" + name;
    for (JsonNode pod : api.list(Kind.POD, namespace, which)) {
      if ((runs(pod, name) || uses(pod, spec)) && !ended(pod)) {
        pods.add(pod.at("/metadata/name").asText());
      }
    }
    String strategy = Api.text(vm, "/spec/runStrategy");
    return new Sight(
        vm == null ? null : Api.text(vm, "/metadata/uid"),
        vm == null ? null : Api.text(vm, "/metadata/resourceVersion"),
        vm != null && JourneyMarks.made(spec, vm),
        vm == null || strategy.equals("Halted"),
        vmi == null
            ? null
            : Api.text(vmi, "/metadata/uid") + "@" + Api.text(vmi, "/status/nodeName"),
        "Running".equals(Api.text(vmi, "/status/phase")),
        pods,
        vm == null ? 0 : vm.at("/metadata/annotations").path(JourneyMarks.TOKEN).asLong(),
        status(vm));
  }

  /** What KubeVirt prints, and the scheduler's words where no node takes it. */
  private static String status(@Nullable JsonNode vm) {
    String printed = vm == null ? "absent" : Api.text(vm, "/status/printableStatus");
    JsonNode scheduled = Api.conditionOf(vm, "PodScheduled");
    return Api.text(scheduled, "/status").equals("False")
        ? printed + " (" + Api.text(scheduled, "/message") + ")"
        : printed;
  }

  /** Whether a launcher pod is of the machine of this name. */
  private static boolean runs(JsonNode pod, String name) {
    return name.equals(pod.at("/metadata/labels").path(MACHINE).asText())
        || name.equals(pod.at("/metadata/annotations/kubevirt.io~1domain").asText());
  }

  /** Whether a pod has one of our volumes open. */
  private static boolean uses(JsonNode pod, MigrationSpec spec) {
    for (JsonNode volume : pod.at("/spec/volumes")) {
      if (VolumeNames.names(spec, volume.at("/persistentVolumeClaim/claimName").asText())) {
        return true;
      }
    }
    return false;
  }

  private static boolean ended(JsonNode pod) {
    String phase = Api.text(pod, "/status/phase");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  @Override
  public void define(MigrationSpec spec, int generation, String note, Token token) {
    boolean shared = true;
    for (String claim : VolumeNames.all(spec, generation).values()) {
      JsonNode found = api.get(Kind.CLAIM, spec.target().namespace(), claim);
      if (found == null) {
        throw Trouble.refused(
            "volume-missing",
            "Volume " + spec.target().namespace() + "/" + claim + " does not exist.",
            "Somebody deleted it; roll back and copy again.");
      }
      boolean many = false;
      for (JsonNode mode : found.at("/spec/accessModes")) {
        many |= mode.asText().equals("ReadWriteMany");
      }
      shared &= many;
    }
    var _ =
        api.create(
            Kind.VM, VirtualMachineManifest.of(spec, generation, shared, note, token), false);
  }

  @Override
  public void start(MigrationSpec spec, String uid, String resourceVersion, Token token) {
    boolean there =
        api.patch(
            Kind.VM,
            spec.target().namespace(),
            spec.target().name(),
            change(
                uid,
                resourceVersion,
                Map.of(JourneyMarks.TOKEN, Long.toString(token.value())),
                "Always"));
    if (!there) {
      throw Trouble.refused(
          "target-gone",
          "VirtualMachine " + spec.target().name() + " is gone and is not created anew.",
          "Find out who deleted it; the journey goes back.");
    }
  }

  @Override
  public void stop(MigrationSpec spec, String uid, Token token, EffectId stop) {
    var _ =
        api.patch(
            Kind.VM,
            spec.target().namespace(),
            spec.target().name(),
            change(
                uid,
                null,
                Map.of(
                    JourneyMarks.TOKEN,
                    Long.toString(token.value()),
                    JourneyMarks.STOP,
                    stop.value()),
                "Halted"));
  }

  /** The kubelet kills them and only then lets them go; of a lost node they stay for all to see. */
  @Override
  public void kill(MigrationSpec spec) {
    String namespace = spec.target().namespace();
    for (JsonNode pod : api.list(Kind.POD, namespace, LAUNCHERS)) {
      if (runs(pod, spec.target().name()) && !ended(pod)) {
        api.kill(namespace, pod.at("/metadata/name").asText(), pod.at("/metadata/uid").asText());
      }
    }
  }

  private static Map<String, Object> change(
      String uid,
      @Nullable String resourceVersion,
      Map<String, String> annotations,
      String strategy) {
    var metadata = map("uid", uid);
    if (resourceVersion != null) {
      metadata.put("resourceVersion", resourceVersion);
    }
    metadata.put("annotations", annotations);
    return map("metadata", metadata, "spec", map("runStrategy", strategy));
  }

  @Override
  public void delete(MigrationSpec spec, String uid) {
    api.delete(Kind.VM, spec.target().namespace(), spec.target().name(), uid);
  }

  @Override
  public List<Rung> health(MigrationSpec spec, String uid) {
    return ladder.climb(spec, uid);
  }

  @Override
  public LossBound loss(MigrationSpec spec) {
    return counters == null
        ? LossBound.UNKNOWN
        : counters.of(spec.target().namespace(), spec.target().name());
  }

  @Override
  public Map<Integer, Snap> snapshots(MigrationSpec spec, int seal) {
    return volumes.snapshots(spec, seal);
  }

  @Override
  public boolean canSnapshot(MigrationSpec spec) {
    return volumes.canSnapshot(spec);
  }

  @Override
  public void snapshot(MigrationSpec spec, int deviceKey, int seal) {
    volumes.snapshot(spec, deviceKey, seal);
  }

  @Override
  public void deleteSnapshots(MigrationSpec spec) {
    deleteAll(spec, Kind.SNAPSHOT);
  }

  @Override
  public Presence volume(MigrationSpec spec, int deviceKey, int generation) {
    return volumes.volume(spec, deviceKey, generation);
  }

  @Override
  public void restore(MigrationSpec spec, int deviceKey, int generation, String snapshot) {
    volumes.restore(spec, deviceKey, generation, snapshot);
  }

  @Override
  public void deleteOlderVolumes(MigrationSpec spec, int deviceKey, int generation) {
    volumes.deleteOlder(spec, deviceKey, generation);
  }

  @Override
  public JobSight conversion(MigrationSpec spec, int generation) {
    JsonNode job = api.get(Kind.JOB, spec.target().namespace(), VolumeNames.job(spec, generation));
    if (job == null) {
      return new JobSight(JobSight.Stage.ABSENT, "");
    }
    if (Api.condition(job, "Complete")) {
      return new JobSight(JobSight.Stage.SUCCEEDED, "");
    }
    if (Api.condition(job, "Failed")) {
      return new JobSight(JobSight.Stage.FAILED, lastWord(spec, job));
    }
    return new JobSight(JobSight.Stage.RUNNING, "");
  }

  private String lastWord(MigrationSpec spec, JsonNode job) {
    String name = job.at("/metadata/name").asText();
    for (JsonNode pod :
        api.list(Kind.POD, spec.target().namespace(), "batch.kubernetes.io/job-name=" + name)) {
      for (JsonNode container : pod.at("/status/containerStatuses")) {
        String said = container.at("/state/terminated/message").asText("").strip();
        if (!said.isEmpty()) {
          return said.substring(said.lastIndexOf('\n') + 1);
        }
      }
    }
    return Api.text(Api.conditionOf(job, "Failed"), "/message");
  }

  @Override
  public void convert(MigrationSpec spec, int generation) {
    String image = settings.conversionImage();
    if (image == null) {
      throw Trouble.refused(
          "conversion-image-missing",
          "No image with virt-v2v-in-place is configured.",
          "Set cluster.conversionImage, or choose compatibility devices.");
    }
    var block = new TreeMap<Integer, Boolean>();
    VolumeNames.all(spec, generation)
        .forEach((key, claim) -> {
          JsonNode found = api.get(Kind.CLAIM, spec.target().namespace(), claim);
          block.put(key, !"Filesystem".equals(Api.text(found, "/spec/volumeMode")));
        });
    var _ = api.create(Kind.CONFIG_MAP, ConversionJob.description(spec, generation, block), false);
    var _ = api.create(Kind.JOB, ConversionJob.job(spec, generation, block, image), false);
  }

  @Override
  public void deleteConversions(MigrationSpec spec) {
    deleteAll(spec, Kind.JOB);
    deleteAll(spec, Kind.POD);
    deleteAll(spec, Kind.CONFIG_MAP);
  }

  private void deleteAll(MigrationSpec spec, Kind kind) {
    for (JsonNode one : found(spec, kind)) {
      api.delete(
          kind,
          spec.target().namespace(),
          one.at("/metadata/name").asText(),
          one.at("/metadata/uid").asText());
    }
  }

  /** Our objects of a kind. Labels alone do not tell: they go along with what is made of ours. */
  private List<JsonNode> found(MigrationSpec spec, Kind kind) {
    return api.list(kind, spec.target().namespace(), JourneyMarks.selector(spec)).stream()
        .filter(one -> madeHere(spec, kind, one))
        .toList();
  }

  private static boolean madeHere(MigrationSpec spec, Kind kind, JsonNode one) {
    String name = one.at("/metadata/name").asText();
    return switch (kind) {
      // A clone of the machine is somebody's, and so is what a backup of it was restored to.
      case VM -> name.equals(spec.target().name());
      case CLAIM -> VolumeNames.names(spec, name);
      // A launcher belongs to its machine.
      case POD ->
          !one.at("/metadata/labels").path("kubevirt.io").asText("").equals("virt-launcher");
      case JOB, CONFIG_MAP, SNAPSHOT -> true;
      case VMI,
          DATA_VOLUME,
          SNAPSHOT_CLASS,
          STORAGE_CLASS,
          STORAGE_PROFILE,
          NETWORK,
          NAMESPACE,
          ACCESS_REVIEW ->
          throw new IllegalArgumentException("No journey makes a " + kind.kind);
    };
  }

  @Override
  public List<String> remains(MigrationSpec spec) {
    var remains = new ArrayList<String>();
    for (Kind kind : OURS) {
      for (JsonNode one : found(spec, kind)) {
        remains.add(kind.kind + "/" + one.at("/metadata/name").asText());
      }
    }
    return remains;
  }

  @Override
  public void sweep(MigrationSpec spec) {
    for (Kind kind : OURS) {
      deleteAll(spec, kind);
    }
  }
}
