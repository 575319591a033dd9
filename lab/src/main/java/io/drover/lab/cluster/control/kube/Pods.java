// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Plays scheduler and kubelet for the pods of the lab: picks nodes, makes pods, moves their phases.
 */
public final class Pods {

  private static final String IMAGE = "lab.drover.io/played:v1";

  private final Kube kube;
  private final World world;

  /** Pods on this cluster. */
  public Pods(Kube kube, World world) {
    this.kube = kube;
    this.world = world;
  }

  /** Whether a node takes pods now. */
  public static boolean takesPods(Doc node) {
    return node.condition("Ready").equals("True") && !node.at("/spec/unschedulable").asBoolean();
  }

  /** A node that takes pods, the same one for the same name as long as the nodes stay. */
  public Optional<String> pickNode(String forName) {
    var names =
        world.list(Kind.NODE).stream().filter(Pods::takesPods).map(Doc::name).sorted().toList();
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(names.get(Math.floorMod(forName.hashCode(), names.size())));
  }

  /**
   * A pod with one container as the restricted security profile wants it, not yet on the server.
   */
  public static Doc draft(Doc owner, String name, String container, Map<String, String> labels) {
    Doc pod = Doc.of(Kind.POD, owner.namespace(), name);
    labels.forEach(pod.obj("metadata", "labels")::put);
    pod.ownedBy(owner);
    ObjectNode spec = pod.spec();
    spec.put("restartPolicy", "OnFailure");
    spec.put("automountServiceAccountToken", false);
    ObjectNode security = spec.putObject("securityContext");
    security.put("runAsNonRoot", true);
    security.put("runAsUser", 107);
    security.putObject("seccompProfile").put("type", "RuntimeDefault");
    ObjectNode only = spec.putArray("containers").addObject();
    only.put("name", container);
    only.put("image", IMAGE);
    ObjectNode containerSecurity = only.putObject("securityContext");
    containerSecurity.put("allowPrivilegeEscalation", false);
    containerSecurity.putObject("capabilities").putArray("drop").add("ALL");
    return pod;
  }

  /** Mounts a claim into the only container of a drafted pod. */
  public static void mount(Doc pod, String volumeName, String claim, boolean block, String path) {
    ObjectNode spec = pod.spec();
    var volumes =
        spec.get("volumes") instanceof com.fasterxml.jackson.databind.node.ArrayNode a
            ? a
            : spec.putArray("volumes");
    ObjectNode volume = volumes.addObject();
    volume.put("name", volumeName);
    volume.putObject("persistentVolumeClaim").put("claimName", claim);
    ObjectNode container = (ObjectNode) spec.path("containers").path(0);
    String list = block ? "volumeDevices" : "volumeMounts";
    var mounts =
        container.get(list) instanceof com.fasterxml.jackson.databind.node.ArrayNode a
            ? a
            : container.putArray(list);
    mounts.addObject().put("name", volumeName).put(block ? "devicePath" : "mountPath", path);
  }

  /** Creates a pod on a node (no node: it stays unscheduled) unless it is there; gives the pod. */
  public Doc ensure(Doc draft, Optional<String> node) {
    Optional<Doc> there = world.get(Kind.POD, draft.key());
    if (there.isPresent()) {
      return there.get();
    }
    node.ifPresent(n -> draft.spec().put("nodeName", n));
    return kube.ensure(Kind.POD, draft);
  }

  /** The pod runs; ready or not. */
  public Doc running(Doc pod, boolean ready, int restarts) {
    ObjectNode state = Doc.object();
    state.putObject("running").put("startedAt", Doc.now());
    return phase(pod, "Running", ready, restarts, state);
  }

  /** The pod's container waits to be started again after a crash. */
  public Doc crashed(Doc pod, int restarts, String message) {
    ObjectNode state = Doc.object();
    state.putObject("waiting").put("reason", "CrashLoopBackOff").put("message", message);
    return phase(pod, "Running", false, restarts, state);
  }

  /** The pod ended with an exit code and maybe a termination message. */
  public Doc ended(Doc pod, int exitCode, @Nullable String reason, String message) {
    ObjectNode state = Doc.object();
    ObjectNode terminated = state.putObject("terminated");
    terminated.put("exitCode", exitCode);
    terminated.put("reason", reason != null ? reason : exitCode == 0 ? "Completed" : "Error");
    if (!message.isEmpty()) {
      terminated.put("message", message);
    }
    String started = pod.text("/status/startTime");
    terminated.put("startedAt", started.isEmpty() ? Doc.now() : started);
    terminated.put("finishedAt", Doc.now());
    return phase(pod, exitCode == 0 ? "Succeeded" : "Failed", false, 0, state);
  }

  private Doc phase(Doc pod, String phase, boolean ready, int restarts, ObjectNode state) {
    Doc copy = kube.get(Kind.POD, pod.namespace(), pod.name()).orElse(pod).copy();
    ObjectNode status = copy.status();
    status.put("phase", phase);
    if (copy.text("/status/startTime").isEmpty()) {
      status.put("startTime", Doc.now());
    }
    String yes = ready ? "True" : "False";
    copy.setCondition("PodScheduled", "True", "", "", "");
    copy.setCondition("Initialized", "True", "", "", "");
    copy.setCondition("ContainersReady", yes, "", "", "");
    copy.setCondition("Ready", yes, "", "", "");
    var statuses = status.putArray("containerStatuses");
    for (JsonNode container : copy.at("/spec/containers")) {
      ObjectNode one = statuses.addObject();
      one.set("name", container.path("name"));
      one.set("image", container.path("image"));
      one.put("imageID", container.path("image").asText());
      one.put("ready", ready);
      one.put("started", ready);
      one.put("restartCount", restarts);
      one.set("state", state.deepCopy());
    }
    return world.wrote(Kind.POD, kube.replaceStatus(Kind.POD, copy));
  }

  /** The pod fits on no node. */
  public Doc unschedulable(Doc pod, String message) {
    if (pod.condition("PodScheduled").equals("False")) {
      return pod;
    }
    Doc copy = pod.copy();
    copy.status().put("phase", "Pending");
    copy.setCondition("PodScheduled", "False", "Unschedulable", message, "");
    return world.wrote(Kind.POD, kube.replaceStatus(Kind.POD, copy));
  }
}
