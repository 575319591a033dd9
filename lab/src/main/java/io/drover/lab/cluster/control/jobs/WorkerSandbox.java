// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a pod's container sees, laid out on this machine: claims by their volume files, secrets and
 * config maps in a temporary folder, and a map from the paths that the pod names to the real ones.
 */
final class WorkerSandbox {

  private final Kube kube;
  private final VolumeStore store;
  private final String namespace;
  private final Path folder;
  private final Map<String, Path> devices = new LinkedHashMap<>();
  private final Map<String, Path> mounts = new LinkedHashMap<>();

  /** Something that the pod mounts is not there yet. */
  static final class NotReady extends Exception {
    private static final long serialVersionUID = 1L;

    NotReady(String message) {
      super(message);
    }
  }

  private WorkerSandbox(Kube kube, VolumeStore store, String namespace, Path folder) {
    this.kube = kube;
    this.store = store;
    this.namespace = namespace;
    this.folder = folder;
  }

  /**
   * Lays out the first container of a pod.
   *
   * @param folder an empty folder that the pod may fill; deleted by {@link #remove}
   * @throws NotReady when a claim, secret or config map is missing or not bound
   */
  static WorkerSandbox of(Kube kube, VolumeStore store, Doc pod, Path folder)
      throws IOException, NotReady {
    WorkerSandbox sandbox = new WorkerSandbox(kube, store, pod.namespace(), folder);
    JsonNode container = pod.at("/spec/containers/0");
    for (JsonNode device : container.path("volumeDevices")) {
      JsonNode volume = volume(pod, device.path("name").asText());
      sandbox.devices.put(device.path("devicePath").asText(), sandbox.claim(volume).image());
    }
    for (JsonNode mount : container.path("volumeMounts")) {
      Path place = sandbox.place(volume(pod, mount.path("name").asText()));
      String sub = mount.path("subPath").asText("");
      sandbox.mounts.put(
          mount.path("mountPath").asText(), sub.isEmpty() ? place : place.resolve(sub));
    }
    return sandbox;
  }

  /** {@code path=file} pairs of the block devices, comma separated. */
  String deviceMap() {
    return pairs(devices);
  }

  /** {@code path=folder} pairs of the mounts, comma separated. */
  String mountMap() {
    return pairs(mounts);
  }

  Path terminationLog() {
    return folder.resolve("termination-log");
  }

  /** A text of the pod with every path that only exists inside it replaced by the real one. */
  String real(String text) {
    Map<String, Path> all = new LinkedHashMap<>(devices);
    all.putAll(mounts);
    all.put("/dev/termination-log", terminationLog());
    // All in one pass: a real path may begin like a mount, /tmp for example.
    String paths =
        all.keySet().stream()
            .sorted(Comparator.comparingInt(path -> -path.length()))
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    return Pattern.compile("(?<![A-Za-z0-9_./-])(?:" + paths + ")(?=$|[/,;:\\s\"'])")
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(String.valueOf(all.get(found.group()))));
  }

  /** The container's environment. */
  Map<String, String> environment(Doc pod) throws NotReady {
    Map<String, String> all = new LinkedHashMap<>();
    JsonNode container = pod.at("/spec/containers/0");
    for (JsonNode from : container.path("envFrom")) {
      boolean secret = from.has("secretRef");
      JsonNode ref = from.path(secret ? "secretRef" : "configMapRef");
      data(secret, ref.path("name").asText(), ref.path("optional").asBoolean())
          .forEach((key, value) -> all.put(key, new String(value, StandardCharsets.UTF_8)));
    }
    for (JsonNode variable : container.path("env")) {
      String value = variable.path("value").asText("");
      JsonNode from = variable.path("valueFrom");
      if (from.has("secretKeyRef") || from.has("configMapKeyRef")) {
        boolean secret = from.has("secretKeyRef");
        JsonNode ref = from.path(secret ? "secretKeyRef" : "configMapKeyRef");
        byte[] found =
            data(secret, ref.path("name").asText(), ref.path("optional").asBoolean())
                .get(ref.path("key").asText());
        value = found == null ? "" : new String(found, StandardCharsets.UTF_8);
      } else if (from.has("fieldRef")) {
        String field = from.at("/fieldRef/fieldPath").asText();
        value = pod.text("/" + field.replace('.', '/'));
      }
      all.put(variable.path("name").asText(), real(value));
    }
    return all;
  }

  /** The pod's last words, at most the 4096 bytes that a kubelet keeps. */
  String terminationMessage() throws IOException {
    if (!Files.exists(terminationLog())) {
      return "";
    }
    byte[] bytes = Files.readAllBytes(terminationLog());
    return new String(bytes, 0, Math.min(bytes.length, 4096), StandardCharsets.UTF_8);
  }

  /** Removes the temporary folder, secrets and all. */
  void remove() throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  private Path place(JsonNode volume) throws IOException, NotReady {
    if (volume.has("persistentVolumeClaim")) {
      return claim(volume).mount();
    }
    Path place =
        Files.createDirectories(folder.resolve("mnt").resolve(volume.path("name").asText()));
    if (volume.has("secret") || volume.has("configMap")) {
      fill(place, volume);
    }
    for (JsonNode source : volume.at("/projected/sources")) {
      fill(place, source);
    }
    return place;
  }

  private void fill(Path place, JsonNode source) throws IOException, NotReady {
    boolean secret = source.has("secret");
    JsonNode body = source.path(secret ? "secret" : "configMap");
    if (!body.isObject()) {
      return; // a projected token: workers of the lab get a kubeconfig instead
    }
    String name = body.path("secretName").asText(body.path("name").asText());
    Map<String, byte[]> data = data(secret, name, body.path("optional").asBoolean());
    Map<String, String> wanted = new LinkedHashMap<>();
    for (JsonNode item : body.path("items")) {
      wanted.put(item.path("key").asText(), item.path("path").asText());
    }
    for (Map.Entry<String, byte[]> entry : data.entrySet()) {
      String file = wanted.isEmpty() ? entry.getKey() : wanted.get(entry.getKey());
      if (file != null) {
        Path target = place.resolve(file).normalize();
        if (target.startsWith(place)) {
          Files.createDirectories(target.getParent() == null ? place : target.getParent());
          Files.write(target, entry.getValue());
        }
      }
    }
  }

  private Map<String, byte[]> data(boolean secret, String name, boolean optional) throws NotReady {
    Optional<Doc> found = kube.get(secret ? Kind.SECRET : Kind.CONFIG_MAP, namespace, name);
    if (found.isEmpty()) {
      if (optional) {
        return Map.of();
      }
      throw new NotReady((secret ? "secret" : "configmap") + " \"" + name + "\" not found");
    }
    Map<String, byte[]> data = new LinkedHashMap<>();
    found
        .get()
        .at("/data")
        .properties()
        .forEach(e ->
            data.put(
                e.getKey(),
                secret
                    ? Base64.getDecoder().decode(e.getValue().asText())
                    : e.getValue().asText().getBytes(StandardCharsets.UTF_8)));
    found
        .get()
        .at("/binaryData")
        .properties()
        .forEach(e -> data.put(e.getKey(), Base64.getDecoder().decode(e.getValue().asText())));
    return data;
  }

  private VolumeStore.Volume claim(JsonNode volume) throws IOException, NotReady {
    String name = volume.at("/persistentVolumeClaim/claimName").asText("");
    Doc claim =
        kube.get(Kind.CLAIM, namespace, name)
            .orElseThrow(() -> new NotReady("persistentvolumeclaim \"" + name + "\" not found"));
    if (!claim.text("/status/phase").equals("Bound")) {
      throw new NotReady("pod has unbound immediate PersistentVolumeClaims (" + name + ")");
    }
    return store
        .volume(claim.text("/spec/volumeName"))
        .orElseThrow(() -> new NotReady("volume of " + name + " is not there"));
  }

  private static JsonNode volume(Doc pod, String name) throws NotReady {
    for (JsonNode volume : pod.at("/spec/volumes")) {
      if (volume.path("name").asText().equals(name)) {
        return volume;
      }
    }
    throw new NotReady("the pod has no volume \"" + name + "\"");
  }

  private static String pairs(Map<String, Path> map) {
    return map.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(","));
  }
}
