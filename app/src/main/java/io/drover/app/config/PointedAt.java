// SPDX-License-Identifier: Apache-2.0
package io.drover.app.config;

import io.drover.runtime.config.Secret;
import io.drover.runtime.config.SettingsException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether the secrets and files that a configuration names are there, without using them.
 * Kubernetes Secrets are only listed: nobody is connected to.
 */
public final class PointedAt {
  /** What Drover makes itself where it is not there yet. */
  private static final Set<String> OURS = Set.of("folder", "state");

  private final List<String> missing = new ArrayList<>();
  private final Map<String, Secret> inCluster = new LinkedHashMap<>();

  private PointedAt() {}

  /**
   * One sentence for each secret or file that cannot be read, with the key that names it; never
   * what a secret holds.
   */
  public static List<String> missing(DroverConfig config) {
    var look = new PointedAt();
    look.value("", config);
    return List.copyOf(look.missing);
  }

  /** The references to Kubernetes Secrets, by the key that names each. */
  public static Map<String, Secret> inCluster(DroverConfig config) {
    var look = new PointedAt();
    look.value("", config);
    return Collections.unmodifiableMap(look.inCluster);
  }

  private void value(String key, @Nullable Object value) {
    switch (value) {
      case Secret secret -> secret(key, secret);
      case Path path -> file(key, path);
      case Record section -> section(key.isEmpty() ? "" : key + ".", section);
      case List<?> list -> {
        for (int at = 0; at < list.size(); at++) {
          value(key + "[" + at + "]", list.get(at));
        }
      }
      case Map<?, ?> map -> map.forEach((name, each) -> value(key + "." + name, each));
      case null, default -> {} // A number, a word, nothing: it points at nothing.
    }
  }

  private void section(String prefix, Record section) {
    for (RecordComponent each : section.getClass().getRecordComponents()) {
      try {
        value(prefix + each.getName(), each.getAccessor().invoke(section));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("A section of the configuration is closed to us", e);
      }
    }
  }

  private void secret(String key, Secret secret) {
    if (secret.inCluster()) {
      inCluster.put(key, secret);
      return;
    }
    try {
      var _ = secret.read();
    } catch (SettingsException e) {
      missing.add(key + ": " + e.getMessage());
    }
  }

  private void file(String key, Path path) {
    String name = key.substring(key.lastIndexOf('.') + 1);
    if (!OURS.contains(name) && !(Files.isRegularFile(path) && Files.isReadable(path))) {
      missing.add(
          key + ": " + path + " is no file that can be read: see that it exists and may be read");
    }
  }
}
