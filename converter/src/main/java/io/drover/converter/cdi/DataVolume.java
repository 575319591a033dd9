// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A DataVolume as it was read. */
record DataVolume(GenericKubernetesResource resource) {
  String namespace() {
    return resource.getMetadata().getNamespace();
  }

  String name() {
    return resource.getMetadata().getName();
  }

  String uid() {
    return resource.getMetadata().getUid();
  }

  String label(String key) {
    Map<String, String> labels = resource.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault(key, "");
  }

  String annotation(String key) {
    Map<String, String> annotations = resource.getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(key, "");
  }

  boolean deleting() {
    return resource.getMetadata().getDeletionTimestamp() != null;
  }

  /** CDI's word for where it is, empty before CDI saw it. */
  String phase() {
    return text(resource.get("status", "phase"));
  }

  /** CDI's progress in percent, 0 while it says none. */
  double percent() {
    String progress = text(resource.get("status", "progress")).replace("%", "");
    try {
      return progress.isEmpty() ? 0 : Double.parseDouble(progress);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  int restarts() {
    return resource.get("status", "restartCount") instanceof Number number ? number.intValue() : 0;
  }

  boolean succeeded() {
    return phase().equals("Succeeded");
  }

  /**
   * Whether it holds a whole disk. A blank one succeeded before it was given any; it is noted on it
   * when it was given all.
   */
  boolean landed() {
    return succeeded()
        && (!annotation(Marks.SINK).equals(io.drover.schemas.Sink.DIRECT.name())
            || !annotation(Marks.CONTENT).isEmpty());
  }

  /** The last snapshot that it was told to read, empty where it reads none. */
  String lastCheckpoint() {
    return resource.get("spec", "checkpoints") instanceof List<?> checkpoints
            && !checkpoints.isEmpty()
            && checkpoints.getLast() instanceof Map<?, ?> last
        ? text(last.get("current"))
        : "";
  }

  /** What CDI last said in its conditions, for people. */
  String says() {
    String words =
        conditions()
            .map(condition -> text(condition.get("message")))
            .filter(message -> !message.isBlank())
            .collect(Collectors.joining("; "));
    return words.isEmpty() ? "CDI gives no reason" : words;
  }

  /** The API server's refusal of its claim, where a quota has no room for it; else empty. */
  Optional<String> overQuota() {
    return conditions()
        .filter(condition -> text(condition.get("reason")).equals("ErrExceededQuota"))
        .map(condition -> text(condition.get("message")))
        .findFirst();
  }

  private Stream<Map<?, ?>> conditions() {
    return resource.get("status", "conditions") instanceof List<?> conditions
        ? conditions.stream().filter(Map.class::isInstance).map(one -> (Map<?, ?>) one)
        : Stream.empty();
  }

  private static String text(@Nullable Object value) {
    return Objects.toString(value, "");
  }
}
