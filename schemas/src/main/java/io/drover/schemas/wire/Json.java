// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedConstructor;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of Drover. Records as objects, a record with one component named {@code value} as that
 * value, sealed types with a {@code type} property (the simple name), instants and durations as ISO
 * 8601, nulls left out, unknown properties ignored.
 */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(new Jdk8Module())
          .annotationIntrospector(new Words())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private Json() {}

  /** The mapper, for those who need trees or readers of their own. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** Writes a value; a sealed type is named only where the declared type is the sealed one. */
  public static byte[] write(Object value) {
    return write(value, MAPPER.constructType(value.getClass()));
  }

  /** Writes a value as {@code type}. */
  public static byte[] write(Object value, JavaType type) {
    try {
      return MAPPER.writerFor(type).writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write " + value.getClass().getName() + " as JSON", e);
    }
  }

  /** Reads a value; {@link IllegalArgumentException} names what is wrong. */
  public static <T> T read(byte[] json, Class<T> type) {
    return read(json, MAPPER.constructType(type));
  }

  /** Reads a value of a generic type; {@link IllegalArgumentException} names what is wrong. */
  public static <T> T read(byte[] json, JavaType type) {
    try {
      T value = MAPPER.readerFor(type).readValue(json);
      if (value == null) {
        throw new IllegalArgumentException(
            "Expected " + type.toCanonical() + ", but got JSON null");
      }
      return value;
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException(
          "Cannot read " + type.getRawClass().getSimpleName() + ": " + firstLine(e.getMessage()),
          e);
    }
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "no reason given" : text.lines().findFirst().orElse("");
  }

  /** The name a member of a sealed type goes by. */
  public static String typeName(Class<?> type) {
    return type.getSimpleName();
  }

  /** Records and sealed types need no annotation: this reads them as they are. */
  private static final class Words extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(
        MapperConfig<?> config, Annotated ann) {
      if (ann instanceof AnnotatedClass c
          && c.getRawType().isInterface()
          && c.getRawType().isSealed()) {
        return JsonTypeInfo.Value.construct(
            JsonTypeInfo.Id.NAME, JsonTypeInfo.As.PROPERTY, "type", null, false, null);
      }
      return super.findPolymorphicTypeInfo(config, ann);
    }

    @Override
    public @Nullable List<NamedType> findSubtypes(Annotated a) {
      if (a.getRawType().isSealed()) {
        var found = new ArrayList<NamedType>();
        collect(a.getRawType(), found);
        return found;
      }
      return super.findSubtypes(a);
    }

    private static void collect(Class<?> type, List<NamedType> found) {
      for (Class<?> member : type.getPermittedSubclasses()) {
        if (member.isSealed()) {
          collect(member, found);
        } else {
          found.add(new NamedType(member, typeName(member)));
        }
      }
    }

    @Override
    public @Nullable Boolean hasAsValue(Annotated a) {
      if (a instanceof AnnotatedMethod m
          && isValueRecord(m.getDeclaringClass())
          && m.getName().equals("value")
          && m.getParameterCount() == 0) {
        return true;
      }
      return super.hasAsValue(a);
    }

    @Override
    public JsonCreator.@Nullable Mode findCreatorAnnotation(MapperConfig<?> config, Annotated a) {
      if (a instanceof AnnotatedConstructor c && isValueRecord(c.getDeclaringClass())) {
        return JsonCreator.Mode.DELEGATING;
      }
      return super.findCreatorAnnotation(config, a);
    }

    private static boolean isValueRecord(Class<?> type) {
      if (!type.isRecord()) {
        return false;
      }
      RecordComponent[] components = type.getRecordComponents();
      return components.length == 1 && components[0].getName().equals("value");
    }
  }
}
