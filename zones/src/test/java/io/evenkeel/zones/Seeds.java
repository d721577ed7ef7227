package io.evenkeel.zones;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * A test of one {@code long seed}, run for {@code -Devenkeel.seeds=} many of them; {@code -Dseed=} replays one. The seed
 * stands in the name of the test that failed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "-Dseed={0}")
@ArgumentsSource(Seeds.Source.class)
public @interface Seeds {
    /** For a dear test: one in that many of the usual number of seeds. */
    int oneIn() default 1;

    /** Where the seeds come from. */
    final class Source implements ArgumentsProvider {
        @Override
        public Stream<? extends Arguments> provideArguments(
                ParameterDeclarations parameters, ExtensionContext context) {
            String seed = System.getProperty("seed", "");
            if (!seed.isEmpty()) {
                return Stream.of(Arguments.of(Long.parseLong(seed)));
            }
            int oneIn =
                    context.getRequiredTestMethod().getAnnotation(Seeds.class).oneIn();
            return LongStream.rangeClosed(1, Math.max(1, Long.getLong("evenkeel.seeds", 20) / oneIn))
                    .mapToObj(Arguments::of);
        }
    }
}
