// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.ApiCall;
import io.drover.lab.cluster.api.ApiFailure;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plays virt-api's {@code subresources.kubevirt.io/v1}: start, stop and restart of machines, what
 * the agent of an instance tells. Refusals are 404 and 409 in KubeVirt's words.
 */
public final class SubresourceApi implements AggregatedApi {

  private static final Pattern PATH =
      Pattern.compile(
          "/apis/subresources\\.kubevirt\\.io/v1/namespaces/([^/]+)/"
              + "(virtualmachines|virtualmachineinstances)/([^/]+)/([a-z]+)");
  private static final int RETRIES = 5;

  private final Virt virt;

  SubresourceApi(Virt virt) {
    this.virt = virt;
  }

  @Override
  public String group() {
    return "subresources.kubevirt.io";
  }

  @Override
  public String version() {
    return "v1";
  }

  @Override
  public ObjectNode resources() {
    ObjectNode list = Doc.object();
    list.put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", group() + "/" + version());
    ArrayNode all = list.putArray("resources");
    for (String name :
        List.of(
            "virtualmachines/start",
            "virtualmachines/stop",
            "virtualmachines/restart",
            "virtualmachineinstances/guestosinfo",
            "virtualmachineinstances/filesystemlist")) {
      ObjectNode resource = all.addObject();
      resource.put("name", name).put("singularName", "").put("namespaced", true);
      resource.put("kind", "");
      resource.putArray("verbs").add(name.startsWith("virtualmachines/") ? "update" : "get");
    }
    return list;
  }

  @Override
  public Answer answer(ApiCall request) {
    Matcher path = PATH.matcher(request.path());
    if (!path.matches()) {
      throw ApiFailure.of(404, "NotFound", "the server could not find the requested resource");
    }
    String namespace = path.group(1);
    String name = path.group(3);
    String verb = path.group(4);
    boolean machine = path.group(2).equals("virtualmachines");
    if (machine && List.of("start", "stop", "restart").contains(verb)) {
      expect(request, "PUT");
      return change(namespace, name, verb);
    }
    if (!machine && verb.equals("guestosinfo")) {
      expect(request, "GET");
      return Answer.json(200, guestInfo(namespace, name));
    }
    if (!machine && verb.equals("filesystemlist")) {
      expect(request, "GET");
      ObjectNode list = Doc.object();
      list.put("kind", "VirtualMachineInstanceFileSystemList").put("apiVersion", "kubevirt.io/v1");
      list.putObject("metadata");
      list.set("items", filesystems(agent(namespace, name)));
      return Answer.json(200, list);
    }
    throw ApiFailure.of(404, "NotFound", "the server could not find the requested resource");
  }

  private Answer change(String namespace, String name, String verb) {
    for (int attempt = 0; ; attempt++) {
      Doc machine =
          virt.kube()
              .get(Kind.VM, namespace, name)
              .orElseThrow(() ->
                  ApiFailure.of(
                      404, "NotFound", "virtualmachine.kubevirt.io \"" + name + "\" not found"));
      Optional<Doc> instance = virt.kube().get(Kind.VMI, namespace, name);
      try {
        switch (verb) {
          case "start" -> start(machine, instance);
          case "stop" -> stop(machine, instance);
          default -> restart(machine, instance);
        }
        return Answer.accepted();
      } catch (KubernetesClientException e) {
        if (Kube.code(e) != 409 || attempt >= RETRIES) {
          throw ApiFailure.of(500, "InternalError", String.valueOf(e.getMessage()));
        }
      }
    }
  }

  private void start(Doc machine, Optional<Doc> instance) {
    boolean ended =
        instance.isPresent() && instance.get().text("/status/phase").matches("Succeeded|Failed");
    if (instance.isPresent() && !ended) {
      throw conflict(machine, "VM is already running");
    }
    switch (MachineController.runStrategy(machine)) {
      case "Halted" -> strategy(machine, "Always");
      case "Always" -> throw conflict(machine, "Always does not support manual start requests");
      default -> request(machine, "Start", "");
    }
  }

  private void stop(Doc machine, Optional<Doc> instance) {
    switch (MachineController.runStrategy(machine)) {
      case "Halted" -> {
        if (instance.isEmpty()) {
          throw conflict(machine, "Halted does not support manual stop requests");
        }
      }
      case "Always", "RerunOnFailure" -> strategy(machine, "Halted");
      default -> {
        if (instance.isEmpty()) {
          throw conflict(machine, "VM is not running");
        }
        request(machine, "Stop", instance.get().uid());
      }
    }
  }

  private void restart(Doc machine, Optional<Doc> instance) {
    if (MachineController.runStrategy(machine).equals("Halted")) {
      throw conflict(machine, "Halted does not support manual restart requests");
    }
    if (instance.isEmpty()) {
      throw conflict(machine, "VM is not running");
    }
    Doc copy = machine.copy();
    ArrayNode requests = copy.status().putArray("stateChangeRequests");
    requests.addObject().put("action", "Stop").put("uid", instance.get().uid());
    requests.addObject().put("action", "Start");
    var _ = virt.kube().replaceStatus(Kind.VM, copy);
  }

  private void strategy(Doc machine, String next) {
    Doc copy = machine.copy();
    copy.spec().remove("running");
    copy.spec().put("runStrategy", next);
    var _ = virt.kube().replace(Kind.VM, copy);
  }

  private void request(Doc machine, String action, String uid) {
    Doc copy = machine.copy();
    ObjectNode request =
        copy.status().putArray("stateChangeRequests").addObject().put("action", action);
    if (!uid.isEmpty()) {
      request.put("uid", uid);
    }
    var _ = virt.kube().replaceStatus(Kind.VM, copy);
  }

  private GuestBoot.Identity agent(String namespace, String name) {
    Doc instance =
        virt.kube()
            .get(Kind.VMI, namespace, name)
            .orElseThrow(() ->
                ApiFailure.of(
                    404,
                    "NotFound",
                    "virtualmachineinstance.kubevirt.io \"" + name + "\" not found"));
    if (!instance.text("/status/phase").equals("Running")) {
      throw conflict(instance, "VMI is not running");
    }
    Optional<GuestBoot.Guest> guest =
        virt.guests().get(instance.uid()).flatMap(Guests.Running::guest);
    if (!instance.condition("AgentConnected").equals("True") || guest.isEmpty()) {
      throw conflict(instance, "VMI does not have guest agent connected");
    }
    return guest.get().identity();
  }

  private ObjectNode guestInfo(String namespace, String name) {
    GuestBoot.Identity identity = agent(namespace, name);
    ObjectNode info = Doc.object();
    info.put("kind", "VirtualMachineInstanceGuestAgentInfo").put("apiVersion", "kubevirt.io/v1");
    info.put("guestAgentVersion", "9.0.0");
    info.put("hostname", identity.hostname());
    GuestBoot.Os os = identity.os();
    ObjectNode about = info.putObject("os");
    about.put("id", os.id()).put("name", os.name()).put("versionId", os.versionId());
    about.put("version", os.versionId()).put("prettyName", os.name() + " " + os.versionId());
    about.put("kernelRelease", os.kernelRelease()).put("machine", "x86_64");
    info.put("timezone", "UTC, 0");
    info.putObject("fsInfo").set("disks", filesystems(identity));
    return info;
  }

  private static ArrayNode filesystems(GuestBoot.Identity identity) {
    ArrayNode list = Doc.object().putArray("items");
    for (GuestBoot.Filesystem filesystem : identity.filesystems()) {
      list.addObject()
          .put("diskName", filesystem.device())
          .put("mountPoint", filesystem.mountPoint())
          .put("fileSystemType", filesystem.type())
          .put("usedBytes", filesystem.usedBytes())
          .put("totalBytes", filesystem.totalBytes());
    }
    return list;
  }

  private static void expect(ApiCall request, String method) {
    if (!request.method().equals(method)) {
      throw ApiFailure.of(
          405,
          "MethodNotAllowed",
          "the server does not allow this method on the requested resource");
    }
  }

  private static ApiFailure conflict(Doc about, String why) {
    String kind = about.text("/kind").toLowerCase(java.util.Locale.ROOT);
    return ApiFailure.of(
        409,
        "Conflict",
        "Operation cannot be fulfilled on "
            + kind
            + ".kubevirt.io \""
            + about.name()
            + "\": "
            + why);
  }
}
