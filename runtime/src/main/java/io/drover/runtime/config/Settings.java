// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.drover.engine.Meant;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads settings from YAML into records. A component that is missing in the file is null (or zero)
 * in the record's constructor, which puts the default in its place. A key that no record knows is
 * an error that says which one was probably meant. Durations are ISO 8601 or short: {@code 500ms},
 * {@code 30s}, {@code 15m}, {@code 12h}, {@code 7d}.
 */
public final class Settings {
  private static final JsonMapper YAML =
      JsonMapper.builder(new YAMLFactory())
          .addModule(new JavaTimeModule())
          .addModule(new Jdk8Module())
          .addModule(
              new SimpleModule()
                  .addDeserializer(Duration.class, new ShortDuration())
                  .addDeserializer(Secret.class, new SecretReference()))
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private Settings() {}

  /** Reads a file; {@link SettingsException} names the file, the key and the remedy. */
  public static <T> T read(Path file, Class<T> type) {
    return read(file, type, Secret.Vault.NONE);
  }

  /** The same, with who reads the Kubernetes Secrets that it names; nothing is read of them yet. */
  public static <T> T read(Path file, Class<T> type, Secret.Vault vault) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new SettingsException(
          "There is no configuration "
              + file
              + ": see what it is called, or have 'drover config init "
              + file
              + "' write one",
          e);
    } catch (IOException e) {
      throw new SettingsException(
          "The configuration "
              + file
              + " cannot be read: see that it is a text file in UTF-8 and may be read",
          e);
    }
    return parse(text, file.toString(), type, vault);
  }

  /**
   * Reads settings from a text.
   *
   * @param name what errors call the text, for example the file name
   */
  public static <T> T parse(String text, String name, Class<T> type) {
    return parse(text, name, type, Secret.Vault.NONE);
  }

  private static <T> T parse(String text, String name, Class<T> type, Secret.Vault vault) {
    try {
      String yaml = text.lines().allMatch(Settings::blank) ? "{}" : text;
      // First as a whole: what is no YAML would else be told as a value that does not fit.
      var _ = YAML.readTree(yaml);
      return Objects.requireNonNull(
          YAML.readerFor(type).withAttribute(SecretReference.VAULT, vault).<T>readValue(yaml),
          "settings");
    } catch (UnrecognizedPropertyException e) {
      throw new SettingsException(
          name
              + ": unknown key '"
              + path(e)
              + "'"
              + lineOf(e.getPropertyName(), text)
              + ". "
              + remedy(e));
    } catch (ValueInstantiationException e) {
      Throwable cause = e.getCause();
      String why = cause == null ? "it does not fit" : String.valueOf(cause.getMessage());
      throw new SettingsException(
          name + ": " + unknown(e, text).orElse(path(e) + lineOf(last(e), text) + ": " + why));
    } catch (InvalidFormatException e) {
      // The value itself is not shown: it may be a secret that got into the wrong place.
      throw new SettingsException(
          name + ": " + path(e) + line(e) + ": expected " + expected(e.getTargetType()));
    } catch (JsonMappingException e) {
      String why =
          e.getCause() instanceof SettingsException cause
              ? String.valueOf(cause.getMessage())
              : "the value does not fit; compare it with the documented example";
      throw new SettingsException(name + ": " + path(e) + line(e) + ": " + why);
    } catch (JsonProcessingException e) {
      throw new SettingsException(
          name + ": not YAML" + line(e) + "; check indentation, colons, brackets and quotes");
    }
  }

  /**
   * A key nobody knows, in the block that lacks something: the record is made, and complains,
   * before Jackson looks at what is left over, and what is lacking was most probably misspelt.
   */
  private static Optional<String> unknown(ValueInstantiationException e, String text) {
    if (!e.getType().getRawClass().isRecord()) {
      return Optional.empty();
    }
    JsonNode block;
    try {
      block = YAML.readTree(text);
    } catch (JsonProcessingException broken) {
      return Optional.empty();
    }
    for (JsonMappingException.Reference step : e.getPath()) {
      block =
          step.getFieldName() == null
              ? block.path(step.getIndex())
              : block.path(step.getFieldName());
    }
    List<String> known =
        Arrays.stream(e.getType().getRawClass().getRecordComponents())
            .map(RecordComponent::getName)
            .sorted()
            .toList();
    for (var keys = block.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!known.contains(key)) {
        String prefix = e.getPath().isEmpty() ? "" : path(e) + ".";
        return Optional.of(
            "unknown key '" + prefix + key + "'" + lineOf(key, text) + ". " + remedy(key, known));
      }
    }
    return Optional.empty();
  }

  private static String last(JsonMappingException e) {
    return e.getPath().isEmpty() ? "" : String.valueOf(e.getPath().getLast().getFieldName());
  }

  private static boolean blank(String line) {
    return line.isBlank() || line.stripLeading().startsWith("#") || line.strip().equals("---");
  }

  private static String remedy(UnrecognizedPropertyException e) {
    Collection<Object> known =
        e.getKnownPropertyIds() == null ? List.of() : e.getKnownPropertyIds();
    return remedy(e.getPropertyName(), known.stream().map(String::valueOf).sorted().toList());
  }

  private static String remedy(String key, List<String> names) {
    return Meant.by(key, names)
        .map(meant -> "Did you mean '" + meant + "'?")
        .orElse("Known keys here: " + String.join(", ", names));
  }

  private static String path(JsonMappingException e) {
    String path =
        e.getPath().stream()
            .map(ref ->
                ref.getFieldName() == null ? "[" + ref.getIndex() + "]" : "." + ref.getFieldName())
            .collect(Collectors.joining());
    return path.startsWith(".") ? path.substring(1) : path.isEmpty() ? "the document" : path;
  }

  private static String line(JsonProcessingException e) {
    return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
  }

  /**
   * Records are read as a whole, so where a key stands is looked up; silent if it is not unique.
   */
  private static String lineOf(String key, String text) {
    var lines = text.lines().toList();
    var found =
        java.util.stream.IntStream.range(0, lines.size())
            .filter(i -> lines.get(i).strip().startsWith(key + ":"))
            .toArray();
    return found.length == 1 ? " (line " + (found[0] + 1) + ")" : "";
  }

  private static String expected(@Nullable Class<?> type) {
    if (type == null) {
      return "another value";
    }
    if (type.isEnum()) {
      return "one of "
          + Arrays.stream(type.getEnumConstants())
              .map(constant -> String.valueOf(constant).toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    if (type == Duration.class) {
      return "a duration such as 500ms, 30s, 15m, 12h, 7d";
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "a whole number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    return "a " + type.getSimpleName();
  }
}
